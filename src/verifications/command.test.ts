import { expect, test } from 'vitest'
import type { DeployRequest } from '../core/deployer.ts'
import { runCommand } from '../runners/run-command.ts'
import { createCommandVerification } from './command.ts'

const verification = createCommandVerification({ outside: { command: runCommand } })
const request: DeployRequest = {
  project: 'shop',
  environment: 'prod',
  promotion: 'p1',
  attempt: 1,
  fence: 1,
  phase: 'replace',
  release: {
    digest: `sha256:${'a'.repeat(64)}`,
    version: '$(exit 1)',
    source: { repository: '/srv/git/shop', commit: 'c'.repeat(40), branch: 'main' },
    artifacts: [],
  },
  previous: null,
}
const where = { release: request.release.digest, url: 'http://127.0.0.1:1', candidateUrl: null }
const check = (settings: Record<string, unknown>) =>
  verification.check(verification.config.parse(settings), request, where)

test('exit code 0 is a pass, anything else a fail, and what it printed is the reason', async () => {
  expect(await check({ run: 'echo fine' })).toEqual({
    outcome: 'pass',
    reason: 'the script ended with exit code 0: fine',
  })
  expect(await check({ run: 'echo 3 of 4 checks failed >&2; exit 4' })).toEqual({
    outcome: 'fail',
    reason: 'the script ended with exit code 4: 3 of 4 checks failed',
  })
  expect(await check({ run: 'false; true' })).toMatchObject({ outcome: 'fail' })
})

test('a script that does not end in time is a fail', async () => {
  expect(await check({ run: 'sleep 60', timeout: '1s' })).toMatchObject({ outcome: 'fail' })
})

test('A20 the script finds the release and its address in variables, which are never run', async () => {
  const run =
    'test "$LOCKFLIGHT_URL" = http://127.0.0.1:1; test "$LOCKFLIGHT_VERSION" = \'$(exit 1)\'; test -z "$LOCKFLIGHT_CANDIDATE_URL"'
  expect(await check({ run })).toMatchObject({ outcome: 'pass' })
})
