import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deployed, processesOf, startDeployers, told, until, type DeployersRig } from '../../test/rig/deployers.ts'
import type { DeployRequest } from '../core/deployer.ts'
import { digestOf } from '../core/digest.ts'
import { readClaims } from './claim.ts'

let rig: DeployersRig
beforeEach(async () => {
  rig = await startDeployers()
})
afterEach(async () => rig.end())

const put = (request: DeployRequest, settings: Record<string, unknown>) => {
  const deployer = rig.command()
  return deployed(deployer, deployer.config.parse({ env: { HERE: rig.folder }, ...settings }), request)
}
const inspect = (settings: Record<string, unknown>) => {
  const deployer = rig.command()
  return deployer.inspect(deployer.config.parse({ env: { HERE: rig.folder }, ...settings }), rig.target())
}
const written = (name: string) => readFile(join(rig.folder, name), 'utf8')

test('a script is told everything in variables, and gets its artifacts as checked files', async () => {
  const target = rig.target()
  const previous = await rig.pack('zero')
  await put(target.next(previous)('replace'), { run: 'true' })
  const release = await rig.pack('one')
  const run = `env -0 > "$HERE/env"; sha256sum < "$LOCKFLIGHT_ARTIFACT_APP_TGZ" > "$HERE/sum"; ls "$LOCKFLIGHT_ARTIFACTS" > "$HERE/list"; ls -A > "$HERE/empty"`
  await put(target.next(release)('replace'), { run })
  expect((await written('env')).split('\0')).toEqual(
    expect.arrayContaining([
      'LOCKFLIGHT_PHASE=replace',
      'LOCKFLIGHT_PROJECT=tiny',
      'LOCKFLIGHT_ENVIRONMENT=prod',
      'LOCKFLIGHT_PROMOTION=p2',
      'LOCKFLIGHT_ATTEMPT=1',
      'LOCKFLIGHT_FENCE=2',
      `LOCKFLIGHT_RELEASE=${release.digest}`,
      'LOCKFLIGHT_VERSION=one',
      `LOCKFLIGHT_COMMIT=${release.source.commit}`,
      'LOCKFLIGHT_BRANCH=main',
      `LOCKFLIGHT_REPOSITORY=${release.source.repository}`,
      `LOCKFLIGHT_PREVIOUS=${previous.digest}`,
    ]),
  )
  expect(`sha256:${(await written('sum')).slice(0, 64)}`).toBe(release.artifacts[0]?.digest)
  expect(await written('list')).toBe('app.tgz\n')
  expect(await written('empty')).toBe('')
})

test('A20 what looks like a command in a value stays a value', async () => {
  const target = rig.target()
  const release = await rig.pack('one')
  const canary = join(rig.folder, 'pwned')
  const attack = `x";touch\${IFS}${canary};" $(touch ${canary}) \`touch ${canary}\`\n-oProxyCommand=touch ${canary}`
  const request = target.next({ ...release, version: attack, source: { ...release.source, branch: attack } })('replace')
  const run = `printf %s "$LOCKFLIGHT_VERSION" > "$HERE/version"; printf %s "$LOCKFLIGHT_BRANCH" > "$HERE/branch"`
  expect(await put(request, { run })).toMatchObject({ outcome: 'succeeded' })
  expect(await written('version')).toBe(attack)
  expect(await written('branch')).toBe(attack)
  await expect(access(canary)).rejects.toThrow('ENOENT')
})

test('nothing of Lockflight’s own environment reaches a script, and a script’s settings cannot change what it is told', async () => {
  process.env['LOCKFLIGHT_TEST_SECRET'] = 'canary'
  const request = rig.target().next(await rig.pack('one'))('replace')
  await put(request, { run: 'env > "$HERE/env"', env: { HERE: rig.folder, LOCKFLIGHT_FENCE: '99' } })
  delete process.env['LOCKFLIGHT_TEST_SECRET']
  expect(await written('env')).not.toContain('canary')
  expect(await written('env')).toContain('LOCKFLIGHT_FENCE=1\n')
})

test('two artifacts that would be one variable are refused', async () => {
  const release = await rig.pack('one')
  const [artifact] = release.artifacts
  const both = { ...release, artifacts: [artifact!, { ...artifact!, name: 'app-tgz' }] }
  expect(await put(rig.target().next(both)('replace'), { run: 'true' })).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('would be LOCKFLIGHT_ARTIFACT_APP_TGZ'),
  })
})

test('a script that fails is a failure with its exit code and its last words', async () => {
  const target = rig.target()
  const release = await rig.pack('one')
  expect(
    await put(target.next(release)('replace'), { run: 'echo hello; no-such-tool; echo not reached' }),
  ).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^the script ended with exit code 127; it said:\nhello\n.*no-such-tool/),
  })
  expect(await put(target.next(release)('replace'), { run: 'false | true' })).toMatchObject({
    outcome: 'failed',
    reason: 'the script ended with exit code 1 and printed nothing',
  })
  expect(await put(target.next(release)('replace'), { run: 'kill -9 $$' })).toMatchObject({
    outcome: 'failed',
    reason: 'the script ended with signal SIGKILL and printed nothing',
  })
})

test('a script that takes too long is ended with everything it started', async () => {
  const request = rig.target().next(await rig.pack('one'))('replace')
  const run = `trap 'echo asked to end; exit 1' TERM; sleep 600 & (trap '' TERM; sleep 600) & wait`
  expect(await put(request, { run, timeout: '1s' })).toMatchObject({
    outcome: 'failed',
    reason: 'the script ended with a timeout after 1s; it said:\nasked to end',
  })
  await until('nothing is left', async () => (await processesOf(rig.targets)).length === 0)
})

test('what a script says of addresses is kept until it says otherwise', async () => {
  const target = rig.target()
  const say = (answer: object) => ({ run: `echo '${JSON.stringify(answer)}' > "$LOCKFLIGHT_ANSWER"` })
  await put(target.next(await rig.pack('one'))('replace'), say({ url: 'https://one.example' }))
  const next = target.next(await rig.pack('two'))
  await put(next('start'), say({ candidateUrl: 'https://two.example' }))
  expect(await inspect({ run: 'true' })).toEqual({
    release: 'unknown',
    url: 'https://one.example',
    candidateUrl: 'https://two.example',
  })
  await put(next('finish'), { run: 'true' })
  expect(await inspect({ run: 'true' })).toEqual({ release: 'unknown', url: 'https://two.example', candidateUrl: null })
})

test.each(['{"url":"javascript:alert(1)"}', '{"url":""}', '{"release":"latest"}', '{"addres":"https://one"}', 'done'])(
  'an answer of %s is a failure that says what was expected',
  async (line) => {
    const request = rig.target().next(await rig.pack('one'))('replace')
    expect(await put(request, { run: `echo '${line}' > "$LOCKFLIGHT_ANSWER"` })).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/\$LOCKFLIGHT_ANSWER cannot be read: .*expected/),
    })
  },
)

test('an inspect script says what is live; one that fails is an outage, one that lies about the form is refused', async () => {
  const digest = digestOf('live')
  expect(await inspect({ run: 'true', inspect: `echo '{"release":"${digest}"}' > "$LOCKFLIGHT_ANSWER"` })).toEqual({
    release: digest,
    url: null,
    candidateUrl: null,
  })
  await expect(inspect({ run: 'true', inspect: 'echo no route >&2; exit 7' })).rejects.toThrow(/exit code 7: no route/)
  await expect(
    inspect({ run: 'true', inspect: `echo '{"release":"v1"}' > "$LOCKFLIGHT_ANSWER"` }),
  ).rejects.toMatchObject({
    reason: 'answer_invalid',
  })
})

test('a script whose process was killed is still running while it runs, and then interrupted, not run again', async () => {
  const target = rig.target()
  const request = target.next(await rig.pack('one'))('replace')
  const settings = {
    run: 'echo begun >> "$HERE/begun"; until [ -e "$HERE/go" ]; do sleep 0.05; done; sleep 0.7; echo done > "$HERE/done"',
  }
  const deployer = rig.command()
  const config = deployer.config.parse({ env: { HERE: rig.folder }, ...settings })
  const first = deployer.deploy(config, request)
  await until('the script runs', async () =>
    written('begun').then(
      () => true,
      () => false,
    ),
  )
  const [claim] = await readClaims(target.path)
  process.kill(claim!.holder.pid, 'SIGKILL')
  expect(await first).toEqual({ outcome: 'running' })

  const second = rig.command().deploy(config, request)
  await writeFile(join(rig.folder, 'go'), '')
  expect(await second).toEqual({ outcome: 'running' })
  expect(await deployed(rig.command(), config, request)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^interrupted: /),
  })
  expect(await written('begun')).toBe('begun\n')
  expect(await written('done')).toBe('done\n')
  expect(told(await target.events())).toEqual(['p1 replace started', 'p1 replace resumed', 'p1 replace finished'])
})

test('a script that is killed with its process runs again only when it is declared idempotent', async () => {
  for (const idempotent of [false, true]) {
    const target = rig.target(idempotent ? 'idem' : 'once')
    const request = target.next(await rig.pack('one'))('replace')
    const mark = join(rig.folder, `runs-${idempotent}`)
    const settings = {
      run: `echo run >> "$MARK"; [ "$(wc -l < "$MARK")" -gt 1 ] || sleep 600`,
      idempotent,
      env: { MARK: mark },
    }
    const deployer = rig.command()
    const config = deployer.config.parse(settings)
    const first = deployer.deploy(config, request)
    await until('the script runs', async () =>
      readFile(mark, 'utf8').then(
        (text) => text !== '',
        () => false,
      ),
    )
    const [claim] = await readClaims(target.path)
    process.kill(-claim!.holder.pid, 'SIGKILL')
    await first
    const result = await deployed(deployer, config, request)
    expect(result.outcome).toBe(idempotent ? 'succeeded' : 'failed')
    expect(await readFile(mark, 'utf8')).toBe(idempotent ? 'run\nrun\n' : 'run\n')
  }
})

test('A34 a script of an older deployment is ended before a newer one acts', async () => {
  const target = rig.target()
  const release = await rig.pack('one')
  const deployer = rig.command()
  const config = deployer.config.parse({
    env: { HERE: rig.folder },
    run: `if [ "$LOCKFLIGHT_FENCE" = 1 ]; then touch "$HERE/begun"; sleep 3; echo late >> "$HERE/effects"; else echo new >> "$HERE/effects"; fi`,
  })
  const old = target.next(release)('replace')
  const first = deployer.deploy(config, old)
  await until('the old script runs', async () =>
    written('begun').then(
      () => true,
      () => false,
    ),
  )
  expect(await deployed(deployer, config, target.next(release)('replace'))).toMatchObject({ outcome: 'succeeded' })
  expect(await first).not.toMatchObject({ outcome: 'succeeded' })
  const events = await target.events()
  expect(events.at(-2)).toMatchObject({ fence: 2, event: 'started' })
  await until('nothing is left', async () => (await processesOf(rig.targets)).length === 0)
  expect(await written('effects')).toBe('new\n')
})
