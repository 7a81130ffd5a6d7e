import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readDeploymentLog } from '../../src/app/read-deployment-log.ts'
import { outputLimitBytes } from '../../src/deployers/output-file.ts'
import { until } from '../rig/deployers.ts'
import { service } from '../rig/releases.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

async function logOf(id: string): Promise<string> {
  let text = ''
  for (let from = 0; ;) {
    const part = await readDeploymentLog(rig.app, rig.admin, { project: rig.project, id, attempt: 1, from, limit: 100 })
    text += part.pieces.map((piece) => piece.text).join('')
    if (part.done) return text
    expect(part.next).toBeGreaterThan(from)
    from = part.next
  }
}

test('the log of a deployment has what each of its scripts printed, in order and bounded', async () => {
  const script =
    'echo "$LOCKFLIGHT_PHASE begins"; [[ $LOCKFLIGHT_PHASE != finish ]] || seq 1 400000; echo "$LOCKFLIGHT_PHASE ends" >&2'
  rig = await startRollouts(
    () => `
deploy: { use: command, run: '${script}' }
rollout: { use: canary, router: { use: command, run: 'true' }, steps: [{ weight: 50 }] }`,
  )
  const { promotion } = await rig.lift('one')
  expect(promotion.state).toBe('succeeded')
  const text = await logOf(promotion.id)
  expect(text.slice(0, 43)).toBe('start begins\nstart ends\nfinish begins\n1\n2\n3')
  expect(text).toMatch(/… more than 1 MiB: the rest is only in the files of the target\n$/)
  expect(text.length).toBeLessThan(1_200_000)
})

test('a service that prints without end goes on, its file stays small, and its first words are in the log', async () => {
  const loud = `${service}
const line = 'y'.repeat(1023) + '\\n'
const shout = () => { for (let n = 0; n < 4096; n++) process.stdout.write(line); setTimeout(shout, 50) }
setTimeout(shout, 500)`
  rig = await startRollouts(
    () => `deploy: { use: process, artifact: app.tgz, run: [node, server.mjs], stop-grace: 1s }`,
  )
  const { promotion } = await rig.lift('loud', { 'server.mjs': loud })
  expect(promotion.state).toBe('succeeded')
  expect(await logOf(promotion.id)).toMatch(/^listening loud\n/)

  const instances = join(rig.targets, 'shop/prod/instances')
  const [name = ''] = await readdir(instances)
  const file = join(instances, name, 'output.log')
  await until('the file began anew', () =>
    stat(`${file}.1`).then(
      (kept) => kept.size === outputLimitBytes,
      () => false,
    ),
  )
  expect(await rig.answers()).toEqual(['loud'])
  expect((await readFile(`${file}.1`, 'utf8')).endsWith('y\n')).toBe(true)
})
