import { expect, test } from 'vitest'
import { ago, patient, release, subject, worldOf } from '../../test/rig/gate-world.ts'
import { gatesOf, observeAll } from '../core/evaluate.ts'
import { gates } from './index.ts'

/** The whole way: a real script is run, seen and judged. */
async function judged(run: string, settings: object = {}, about = subject) {
  const required = gatesOf({ after: [], gates: [{ use: 'command', run, ...settings }] }, 'standard', gates)
  const request = {
    required,
    gates,
    subject: about,
    world: worldOf({}),
    newId: () => 'e1',
    within: patient,
    brokenRecords: 'judge',
  } as const
  const [made] = await observeAll(request)
  if (!made) throw new Error('no evaluation')
  return made.verdict
}
const answering = (answer: unknown, exitCode = 0) =>
  judged('printf %s "$ANSWER" > "$LOCKFLIGHT_ANSWER"; exit $CODE', {
    env: { ANSWER: typeof answer === 'string' ? answer : JSON.stringify(answer), CODE: String(exitCode) },
  })

test('exit code 0 passes, 10 waits, anything else fails, and the last line says why', async () => {
  expect(await judged('echo checking; echo all good')).toMatchObject({
    outcome: 'pass',
    reason: 'all good',
    recheckAt: null,
  })
  expect(await judged('echo not yet; exit 10')).toMatchObject({
    outcome: 'wait',
    reason: 'not yet',
    recheckAt: ago(-300).toISOString(),
  })
  expect(await judged('echo bad >&2; exit 3', { recheck: '30s' })).toMatchObject({
    outcome: 'fail',
    reason: 'bad',
    expected: 'exit code 0',
    observed: 'exit code 3',
    recheckAt: ago(-30).toISOString(),
  })
  expect(await judged('exit 1')).toMatchObject({ outcome: 'fail', reason: 'the command ended with exit code 1' })
  expect(await judged('no-such-command-here')).toMatchObject({ outcome: 'fail', observed: 'exit code 127' })
  expect(await judged('kill -KILL $$')).toMatchObject({ outcome: 'fail', observed: 'exit code 137' })
})

test('the script can answer in full', async () => {
  const answer = {
    reason: 'error budget is spent',
    expected: 'at least 10 %',
    observed: '2 %',
    unblock: 'the SRE on duty',
    links: [{ title: 'dashboard', url: 'https://grafana.example/d/1' }],
    recheckAfter: '1h',
  }
  const { recheckAfter: _, ...shown } = answer
  expect(await answering(answer, 1)).toMatchObject({ outcome: 'fail', ...shown, recheckAt: ago(-3600).toISOString() })
})

test.each([
  ['not JSON', 'pass'],
  ['a key that is unknown', { outcome: 'pass' }],
  ['a key twice', '{"reason":"a","reason":"b"}'],
  ['a link that runs code', { links: [{ title: 'x', url: 'javascript:alert(1)' }] }],
  ['no object', [1]],
  ['a time that is none', { recheckAfter: 'soon' }],
  ['an empty reason', { reason: '' }],
])('A15 A32 an answer that is %s is an error, even with exit code 0', async (_, answer) => {
  expect(await answering(answer)).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('$LOCKFLIGHT_ANSWER cannot be read'),
  })
})

test('A32 a command that does not end in time is an error', async () => {
  expect(await judged('echo waiting; sleep 1000', { timeout: '1s' })).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('did not end within 1 s; it last printed: waiting'),
  })
})

test('A20 the script is told what it is about, and no value is read as code', async () => {
  const branch = `x";touch\${IFS}pwned;"$(id)\`id\``
  const about = { ...subject, release: { ...release, source: { ...release.source, branch } } }
  const names = [
    'PROJECT',
    'ENVIRONMENT',
    'PROMOTION',
    'CLASS',
    'RELEASE',
    'VERSION',
    'REPOSITORY',
    'COMMIT',
    'REQUESTED_BY',
  ]
  const told = await judged(`ls; echo ${names.map((name) => `$LOCKFLIGHT_${name}`).join(' ')}`, {}, about)
  expect(told.reason).toBe(
    `shop prod p1 standard ${release.digest} 7-ccccccc /srv/git/shop ${'c'.repeat(40)} alice@idp`,
  )
  expect((await judged('printf "%s" "$LOCKFLIGHT_BRANCH"', {}, about)).reason).toBe(branch)
  const own = { env: { LOCKFLIGHT_RELEASE: 'mine', WORD: 'hello' } }
  expect((await judged('echo $LOCKFLIGHT_RELEASE $WORD', own)).reason).toBe(`${release.digest} hello`)
})

test('A27 what the script prints cannot write elsewhere on a terminal', async () => {
  expect((await judged(String.raw`printf 'a\033[2Jb\rc\u202Ed'; exit 1`)).reason).toBe('a [2Jb c d')
})
