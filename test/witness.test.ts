import { createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { writeAddCheckpoint } from '../src/core/add-checkpoint.ts'
import { cosignatureOf } from '../src/core/cosignature.ts'
import { readVkey, vkeyOf } from '../src/core/note.ts'
import { runCommand } from './rig/cli.ts'
import { leavesOf, newKey, treeOf } from './rig/trees.ts'
import { startWitness } from './rig/witness.ts'

const home = await mkdtemp(join(tmpdir(), 'lockflight-witness-home-'))
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))

const origin = 'log.test/lockflight'
const logKey = newKey()
const logs = [vkeyOf({ name: origin, publicKey: createPublicKey(logKey) })]
const tree = treeOf(leavesOf(40), origin, logKey)
const asking = (oldSize: number, size: number) =>
  writeAddCheckpoint({ oldSize, proof: tree.proof(oldSize, size), note: tree.note(size) })

/** Kills the process as soon as a checkpoint has taken its place on disk: nobody can be told of it any more. */
const killer = `
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const { rename } = fs.promises
fs.promises.rename = async (from, to) => {
  await rename(from, to)
  if (to.endsWith('.checkpoint')) process.kill(process.pid, 'SIGKILL')
}
syncBuiltinESMExports()
`

test('F10 a witness killed between remembering and answering says afterwards what it has seen, and the log goes on', async () => {
  const preload = join(home, 'killer.mjs')
  await writeFile(preload, killer)
  const before = await startWitness({ home, logs, env: { NODE_OPTIONS: `--import ${preload}` } })
  await expect(before.ask(asking(0, 20))).rejects.toThrow('fetch failed')
  expect(await before.exited).toEqual([null, 'SIGKILL'])

  await using after = await started()
  expect(after.vkey).toBe(before.vkey)
  const told = await after.ask(asking(0, 20))
  expect([told.status, told.headers.get('content-type'), await told.text()]).toEqual([409, 'text/x.tlog.size', '20\n'])
  const given = await after.ask(asking(20, 30))
  expect(given.status).toBe(200)
  const line = await given.text()
  const cosignature = cosignatureOf(tree.note(30) + line, readVkey(after.vkey, 'cosignature')!)
  expect(Math.abs(cosignature!.time - Date.now() / 1000)).toBeLessThan(60)

  const second = runCommand(['witness', '--log', logs[0]!, '--listen', '127.0.0.1:0'], {
    cwd: home,
    env: { LOCKFLIGHT_HOME: home },
  })
  expect(await second).toMatchObject({ code: 1, stderr: expect.stringContaining(`in ${home}/witness`) })

  expect((await fetch(`${after.url}/add-checkpoint`)).status).toBe(405)
  expect((await fetch(after.url, { method: 'POST' })).status).toBe(404)
  expect((await after.ask('x'.repeat(70_000))).status).toBe(413)
  expect((await after.ask(asking(30, 40))).status).toBe(200)
  const kept = await readFile(join(home, 'witness', 'logs', 'log.test%2Flockflight.checkpoint'), 'utf8')
  expect(kept).toBe(tree.note(40))
})

async function started() {
  const witness = await startWitness({ home, logs })
  return { ...witness, [Symbol.asyncDispose]: witness.stop }
}

test.each([
  ['no log', [], 'expected --log'],
  ['a key that is none', ['--log', 'x'], 'expected the key of a log'],
  ['an address that is none', ['--log', logs[0]!, '--listen', '7171'], 'expected host:port'],
])('a witness given %s does not start', async (_, argv, message) => {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-no-witness-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { code, stderr } = await runCommand(['witness', ...argv], { cwd: folder, env: { LOCKFLIGHT_HOME: folder } })
  expect({ code, stderr }).toEqual({ code: expect.any(Number), stderr: expect.stringContaining(message) })
  expect(code).not.toBe(0)
})
