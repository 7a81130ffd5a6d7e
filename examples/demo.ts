import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcessesIn } from './demo/end-processes.ts'
import { followEvents } from './demo/follow-events.ts'
import { chapter, quote, tell, typed } from './demo/narrate.ts'
import { ask, environmentOf, lockflight, type Person, type Place } from './demo/person.ts'
import { commitChange, openRepository } from './demo/repository.ts'
import { get, newestRelease, settled, status, waitingIn, type Visible } from './demo/watch.ts'

/*
 * The main job, for real and on this machine: a shop is built, tested, packaged, signed and lifted dev → stg → prod;
 * one change is blocked and explains itself, one is rolled back, and the log verifies. `npm run demo -- --keep` leaves
 * all of it running.
 */

const keep = process.argv.includes('--keep')
const folder = await mkdtemp(join(tmpdir(), 'lockflight-demo-'))
const place: Place = { folder, shop: join(folder, 'checkout'), env: environmentOf(folder) }
const admin: Person = { name: 'you', place, token: null }
let stopFollowing: (() => void) | undefined

try {
  await story()
} catch (error) {
  process.exitCode = 1
  console.error(`\nThe demo broke: ${error instanceof Error ? error.message : String(error)}`)
  console.error(await readFile(join(folder, 'home/server.log'), 'utf8').catch(() => 'the server wrote no log'))
} finally {
  stopFollowing?.()
  if (keep && process.exitCode !== 1) tellHowToGoOn()
  else await tidyUp()
}

async function story(): Promise<void> {
  const { mara, ana, ben } = await prepare()
  await firstRelease(mara, ana, ben)
  await blockedRelease(mara)
  await fixedRelease(mara, ana, ben)
  await rolledBackRelease(mara, ana, ben)
  await theRecord()
}

async function prepare(): Promise<{ mara: Person; ana: Person; ben: Person }> {
  chapter('A shop, its pipeline and its three environments')
  await openRepository(place.shop)
  tell(`A repository with one commit: a small till that answers over HTTP. It is in ${place.shop}`)
  await lockflight(admin, ['validate'])
  await lockflight(admin, ['apply', '--yes'])
  tell('\nMara writes the code. Ana and Ben are the release managers that prod asks for.')
  const mara = await employ('mara', ['--name', 'Mara Lind', '--email', 'mara@checkout.example'], ['developer'])
  const ana = await employ('ana', ['--name', 'Ana'], ['approver'])
  const ben = await employ('ben', ['--name', 'Ben'], ['approver'])
  for (const { name } of [ana, ben]) await lockflight(admin, ['groups', 'join', 'release-managers', `${name}@local`])
  tell('\nFrom here on, a line with ▸ is an event from the log, shown as it happens.')
  stopFollowing = followEvents(admin)
  return { mara, ana, ben }
}

async function employ(name: string, about: string[], roles: string[]): Promise<Person> {
  const quiet = { quiet: true }
  await lockflight(admin, ['members', 'add', name, ...about], quiet)
  for (const role of roles) await lockflight(admin, ['grants', 'add', `${name}@local`, role], quiet)
  const { secret } = await ask<{ secret: string }>(admin, ['tokens', 'create', 'demo', '--owner', `${name}@local`])
  return { name, place, token: secret }
}

async function firstRelease(mara: Person, ana: Person, ben: Person): Promise<void> {
  chapter('Commit 1: built, tested, packaged and signed once, then lifted')
  const version = await release(mara)
  await lockflight(mara, ['release', 'show', version])
  await settled(admin, version, 'stg', 'succeeded')
  tell('\ndev and stg promote by themselves. prod wants to be asked, and wants two approvals:')
  await promoteToProd(mara, version)
  tell('\nMara wrote the change and asked for it, so hers does not count:')
  const promotion = await waitingIn(admin, 'prod')
  await lockflight(mara, ['approve', promotion.id, '--reason', 'works on my machine'], { expected: [1] })
  await approveBoth(promotion, ana, ben)
  await settled(admin, version, 'prod', 'succeeded')
  await visit('prod', '/version')
  await visit('prod', '/cart?tea=2&mug=1')
}

async function blockedRelease(mara: Person): Promise<void> {
  chapter('Commit 2: a test fails, and the gate of stg says so')
  quote(await commitChange(place.shop, 2))
  const version = await release(mara)
  const promotion = await settled(admin, version, 'stg', 'waiting')
  tell('\nThe release exists and runs in dev, where nothing forbids it. stg wants all tests to pass:')
  await lockflight(mara, ['why', promotion.id], { expected: [0, 3] })
  await visit('dev', '/cart?tea=11')
  await visit('stg', '/cart?tea=11')
}

async function fixedRelease(mara: Person, ana: Person, ben: Person): Promise<void> {
  chapter('Commit 3: the fix takes its place, and goes all the way')
  quote(await commitChange(place.shop, 3))
  const version = await release(mara)
  await settled(admin, version, 'stg', 'succeeded')
  await promoteToProd(mara, version)
  await approveBoth(await waitingIn(admin, 'prod'), ana, ben)
  await settled(admin, version, 'prod', 'succeeded')
  await visit('prod', '/cart?tea=11')
}

async function rolledBackRelease(mara: Person, ana: Person, ben: Person): Promise<void> {
  chapter('Commit 4: every gate passes, and prod breaks all the same')
  quote(await commitChange(place.shop, 4))
  tell('Each environment gets its own price list, and nobody wrote the one of prod. No test can know.')
  const version = await release(mara)
  await settled(admin, version, 'stg', 'succeeded')
  await promoteToProd(mara, version)
  await approveBoth(await waitingIn(admin, 'prod'), ana, ben)
  const failed = await settled(admin, version, 'prod', 'failed')
  tell(`\n${failed.reason}`)
  await settled(admin, await before(version), 'prod', 'succeeded', 'rollback')
  tell('\nThe version from before answers again, and prod is held until a person has looked:')
  await visit('prod', '/version')
  await visit('prod', '/cart?tea=11')
  await lockflight(admin, ['status'])
}

async function theRecord(): Promise<void> {
  chapter('The record')
  await lockflight(admin, ['audit', 'verify'])
  await lockflight(admin, ['audit', 'export', join(folder, 'log')])
  tell('\nThe same without any server, from the exported folder:')
  await lockflight(admin, ['audit', 'verify', join(folder, 'log')])
  await lockflight(admin, ['metrics'])
}

async function release(mara: Person): Promise<string> {
  await lockflight(mara, ['run'])
  return newestRelease(admin)
}

async function promoteToProd(mara: Person, version: string): Promise<void> {
  await lockflight(mara, ['promote', version, '--to', 'prod', '--wait'], { expected: [4] })
}

async function approveBoth(promotion: Visible, ana: Person, ben: Person): Promise<void> {
  await lockflight(ana, ['approve', promotion.id, '--reason', 'read the change, tried it in stg'])
  await lockflight(ben, ['approve', promotion.id, '--reason', 'quiet afternoon, go ahead'])
}

/** The release that was live in prod before that one. */
async function before(version: string): Promise<string> {
  const { releases } = await status(admin)
  const index = releases.findIndex((each) => each.version === version)
  return releases[index + 1]?.version ?? ''
}

async function visit(environment: string, path: string): Promise<void> {
  const live = (await status(admin)).environments.find(({ name }) => name === environment)?.live
  if (!live?.url) throw new Error(`nothing answers in ${environment}`)
  const url = `${live.url.replace(/\/$/, '')}${path}`
  typed('you', `curl '${url}'    # ${environment}`)
  quote(await get(url))
}

function tellHowToGoOn(): void {
  chapter('All of it still runs')
  tell(`Go on in this shell:

   export LOCKFLIGHT_HOME=${place.env['LOCKFLIGHT_HOME']} PATH=${place.env['PATH']?.split(':')[0]}:$PATH
   cd ${place.shop}
   lockflight status
   lockflight events --follow
   lockflight resume --env prod --reason "the price list is there"
   lockflight rollback --env stg --reason "drill" --wait

When you have seen enough: lockflight server stop, end the three services, and remove ${folder}`)
}

async function tidyUp(): Promise<void> {
  await lockflight(admin, ['server', 'stop'], { quiet: true }).catch(() => undefined)
  await endProcessesIn(folder)
  await rm(folder, { recursive: true, force: true })
  if (process.exitCode === 1) return
  chapter('What to try next')
  tell(`   npm run demo -- --keep     the same, and leaves everything running for you to play with
   README.md                  how to use it for a service of your own
   docs/rollback.md           the procedure you have just watched`)
}
