import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const script = `
const { interruption, toldToStop } = await import(${JSON.stringify(import.meta.resolve('./told-to-stop.ts'))})
process.argv[1] === 'interruption'
  ? interruption().addEventListener('abort', ({ target }) => console.log(target.reason))
  : toldToStop().then((signal) => console.log(signal))
setInterval(() => undefined, 60_000)
console.log('ready')`

test.each([
  ['interruption', 'SIGINT', 'SIGINT', 130],
  ['interruption', 'SIGTERM', 'SIGTERM', 143],
  ['interruption', 'SIGTERM', 'SIGINT', 130],
  ['toldToStop', 'SIGINT', 'SIGTERM', 143],
] as const)(
  '%s: the first signal, %s, is told; another one, %s, ends the process at once',
  async (what, first, second, code) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, what])
    const ended = once(child, 'exit')
    const said: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line)
      child.kill(line === 'ready' ? first : second)
    }
    expect(said).toEqual(['ready', first])
    expect(await ended).toEqual([code, null])
  },
)
