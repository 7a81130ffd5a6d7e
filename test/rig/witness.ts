import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { startCommand } from './cli.ts'
import { kill } from './processes.ts'

/** What a witness process of a test is started with. */
interface Starting {
  /** Its home folder; its key and memory are in `witness` below that. */
  home: string
  /** The vkeys of the logs it knows. */
  logs: string[]
  name?: string
  /** Where it answers: the port it had before, or any that is free. */
  port?: number
  env?: Record<string, string>
}

/** A real `lockflight witness` that answers. */
export async function startWitness({ home, logs, name = 'witness.test', port = 0, env = {} }: Starting) {
  const argv = ['witness', '--json', '--name', name, '--listen', `127.0.0.1:${port}`]
  const child = startCommand([...argv, ...logs.flatMap((log) => ['--log', log])], {
    cwd: home,
    env: { LOCKFLIGHT_HOME: home, ...env },
  })
  const exited = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line === '}') break
  }
  if (lines.length === 0) throw new Error(`the witness did not start: ${said}`)
  const { url, vkey } = JSON.parse(lines.join('\n')) as { url: string; vkey: string }
  return {
    url,
    vkey,
    name,
    port: Number(new URL(url).port),
    /** What it said to people. */
    said: () => said,
    ask: (body: string) => fetch(`${url}/add-checkpoint`, { method: 'POST', body }),
    exited,
    async kill() {
      kill(child.pid!)
      await exited
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
