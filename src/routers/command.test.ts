import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DeployRequest } from '../core/deployer.ts'
import { runCommand } from '../runners/run-command.ts'
import { createCommandRouter } from './command.ts'

const router = createCommandRouter({ outside: { command: runCommand } })
const request: DeployRequest = {
  project: 'shop',
  environment: 'prod',
  promotion: 'p1',
  attempt: 2,
  fence: 7,
  phase: 'start',
  release: {
    digest: `sha256:${'a'.repeat(64)}`,
    version: '1.2.0',
    source: { repository: '/srv/git/shop', commit: 'c'.repeat(40), branch: null },
    artifacts: [],
  },
  previous: null,
}
const where = { release: null, url: 'http://127.0.0.1:1', candidateUrl: 'http://127.0.0.1:2' }

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-router-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))
const config = (settings: Record<string, unknown>) => router.config.parse({ env: { HERE: folder }, ...settings })

test('a shift calls the script with the weights, both addresses and the deployment in variables', async () => {
  await router.shift(config({ run: 'env > "$HERE/env"' }), { ...request, step: 3 }, where, { live: 90, candidate: 10 })
  expect((await readFile(join(folder, 'env'), 'utf8')).split('\n')).toEqual(
    expect.arrayContaining([
      'LOCKFLIGHT_WEIGHT_LIVE=90',
      'LOCKFLIGHT_WEIGHT_CANDIDATE=10',
      'LOCKFLIGHT_URL=http://127.0.0.1:1',
      'LOCKFLIGHT_CANDIDATE_URL=http://127.0.0.1:2',
      'LOCKFLIGHT_ENVIRONMENT=prod',
      'LOCKFLIGHT_FENCE=7',
      'LOCKFLIGHT_STEP=3',
      'LOCKFLIGHT_PREVIOUS=',
    ]),
  )
})

test('a script that fails or takes too long means that the weights may not be in force', async () => {
  const shift = (settings: Record<string, unknown>) =>
    router.shift(config(settings), { ...request, step: 4 }, where, { live: 100, candidate: 0 })
  await expect(shift({ run: 'echo no such backend >&2; exit 3' })).rejects.toThrow(
    'the router script ended with exit code 3: no such backend',
  )
  await expect(shift({ run: 'sleep 60', timeout: '1s' })).rejects.toThrow(/within 1 s/)
})

test('weights are read back from a script, or unknown without one', async () => {
  const both = `echo '{ "live": 75, "candidate": 25 }' > "$LOCKFLIGHT_ANSWER"`
  expect(await router.read(config({ run: 'true', read: both }), request)).toEqual({ live: 75, candidate: 25 })
  expect(await router.read(config({ run: 'true' }), request)).toBeNull()
})

test.each([
  '{"live":75}',
  '{"live":75,"candidate":20}',
  '{"live":-5,"candidate":105}',
  '{"live":7.5,"candidate":92.5}',
  '{"live":"50","candidate":"50"}',
  '{"live":75,"candidate":25,"idle":0}',
  'live=75',
  '',
])('an answer of %j is refused', async (answer) => {
  const read = `printf %s "$ANSWER" > "$LOCKFLIGHT_ANSWER"`
  await expect(router.read(config({ run: 'true', read, env: { ANSWER: answer } }), request)).rejects.toMatchObject({
    reason: 'answer_invalid',
  })
})
