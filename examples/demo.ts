import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Client } from '../src/client.ts'
import type { Role } from '../src/core/access.ts'
import { endProcessesIn } from './demo/end-processes.ts'
import { followEvents } from './demo/follow-events.ts'
import { chapter, quote, tell, typed } from './demo/narrate.ts'
import { environmentOf, lockflight, type Person, type Place } from './demo/person.ts'
import { commitChange, openRepository } from './demo/repository.ts'
import { addressOf, get, newestRelease, openClient, settled, succeeded, waitingIn } from './demo/watch.ts'

/*
 * The main job, for real and on this machine: a shop is built, tested, packaged, signed and lifted dev → stg → prod;
 * one change is blocked and explains itself, one is rolled back, and the log verifies.
 *
 *   npm run demo
 *   npm run demo -- --keep          leaves all of it running
 *   npm run demo -- --end FOLDER    ends what --keep left
 */

const { keep, end: left } = parseArgs({ options: { keep: { type: 'boolean' }, end: { type: 'string' } } }).values
const prefix = 'lockflight-demo-'
if (left !== undefined) {
  if (!basename(left).startsWith(prefix)) throw new Error(`expected the folder of a demo, ${prefix}…; found ${left}`)
  await takeAway(await realpath(left).catch(() => left))
  console.log('Nothing of that demo runs any more, and its folder is gone.')
  process.exit(0)
}

const folder = await realpath(await mkdtemp(join(tmpdir(), prefix)))
// PostgreSQL runs as another user when this one is root, and has to pass through.
await chmod(folder, 0o711)
const place: Place = { folder, shop: join(folder, 'checkout'), env: environmentOf(folder) }
const you: Person = { name: 'you', place, token: null }
const ending = new AbortController()

process.once('SIGINT', () => void end(130))
process.once('SIGTERM', () => void end(143))
try {
  await story()
  await end(0)
} catch (error) {
  console.error(`\nThe demo broke: ${error instanceof Error ? error.message : String(error)}`)
  console.error(await readFile(join(folder, 'home/server.log'), 'utf8').catch(() => 'the server wrote no log'))
  await end(1)
}

async function story(): Promise<void> {
  const { client, mara, ana, ben } = await prepare()
  const people = { mara, ana, ben }
  await firstRelease(client, people)
  await blockedRelease(client, people)
  await fixedRelease(client, people)
  await rolledBackRelease(client, people)
  await record()
}

interface People {
  mara: Person
  ana: Person
  ben: Person
}

async function prepare(): Promise<People & { client: Client }> {
  chapter('A shop, its pipeline and its three environments')
  await openRepository(place.shop)
  tell(`A repository with one commit, a small till that answers over HTTP: ${place.shop}`)
  await lockflight(you, ['validate'])
  await lockflight(you, ['apply', '--yes'])

  const client = await openClient(place)
  tell('Mara writes the code. Ana and Ben are the release managers that prod asks for.')
  const mara = await employ(client, {
    name: 'mara',
    roles: ['developer', 'approver'],
    emails: ['mara@checkout.example'],
  })
  const ana = await employ(client, { name: 'ana', roles: ['approver'], emails: [] })
  const ben = await employ(client, { name: 'ben', roles: ['approver'], emails: [] })
  for (const { name } of [ana, ben]) await lockflight(you, ['groups', 'join', 'release-managers', `${name}@local`])

  tell('From here on, a line with ▸ is an event from the log, shown as it happens.')
  void followEvents(client, ending.signal)
  return { client, mara, ana, ben }
}

/** What `lockflight members add`, `grants add` and `tokens create` do. */
async function employ(client: Client, about: { name: string; roles: Role[]; emails: string[] }): Promise<Person> {
  const { name: subject, roles, emails } = about
  const actor = `${subject}@local`
  await client.saveMember({ subject, kind: 'human', name: subject, emails })
  for (const role of roles) await client.addGrant({ actor, role, project: 'checkout' })
  const { secret } = await client.createToken({ owner: actor, label: 'demo' })
  return { name: subject, place, token: secret }
}

async function firstRelease(client: Client, people: People): Promise<void> {
  chapter('Commit 1: built, tested, packaged and signed once, then lifted')
  await lockflight(people.mara, ['run'])
  const release = await newestRelease(client)
  await lockflight(people.mara, ['release', 'show', release])
  await settled(client, { release, environment: 'stg', state: 'succeeded' })

  tell('dev and stg promote by themselves. prod wants to be asked, and wants two approvals:')
  await lockflight(people.mara, ['promote', release, '--to', 'prod', '--wait'], { expected: 4 })
  const { id } = await waitingIn(client, 'prod')
  tell('Mara may approve in general, but she wrote this change and asked for it:')
  await lockflight(people.mara, ['approve', id, '--reason', 'works on my machine'], { expected: 1 })
  await approve(id, people)
  await settled(client, { release, environment: 'prod', state: 'succeeded' })
  await visit(client, 'prod', '/version')
  await visit(client, 'prod', '/cart?tea=2&mug=1')
}

async function blockedRelease(client: Client, { mara }: People): Promise<void> {
  chapter('Commit 2: a test fails, and the gate of stg says so')
  const release = await commitAndRun(client, mara, 2)
  const { id } = await settled(client, { release, environment: 'stg', state: 'waiting' })
  tell('The release exists and runs in dev, where nothing forbids it. stg wants all tests to pass:')
  await lockflight(mara, ['why', id])
  await visit(client, 'dev', '/cart?tea=11')
  await visit(client, 'stg', '/cart?tea=11')
}

async function fixedRelease(client: Client, people: People): Promise<void> {
  chapter('Commit 3: the fix takes its place, and goes all the way')
  const release = await commitAndRun(client, people.mara, 3)
  await promoteToProd(client, people, release)
  await settled(client, { release, environment: 'prod', state: 'succeeded' })
  await visit(client, 'prod', '/cart?tea=11')
}

async function rolledBackRelease(client: Client, people: People): Promise<void> {
  chapter('Commit 4: every gate passes, and prod breaks all the same')
  tell('Each environment gets its own price list, and nobody wrote the one of prod. No test can know.')
  const release = await commitAndRun(client, people.mara, 4)
  await promoteToProd(client, people, release)
  await settled(client, { release, environment: 'prod', state: 'failed' })
  await succeeded(client, 'prod', 'rollback')
  tell('The version from before answers again, and prod is held until a person has looked:')
  await visit(client, 'prod', '/version')
  await visit(client, 'prod', '/cart?tea=11')
  await lockflight(you, ['status'])
}

async function record(): Promise<void> {
  chapter('The record')
  await lockflight(you, ['audit', 'verify'])
  await lockflight(you, ['audit', 'export', join(folder, 'log')])
  tell('The same from the exported folder, without any server:')
  await lockflight(you, ['audit', 'verify', join(folder, 'log')])
  await lockflight(you, ['metrics'])
}

async function commitAndRun(client: Client, mara: Person, number: number): Promise<string> {
  quote(await commitChange(place.shop, number))
  await lockflight(mara, ['run'], { show: 'last' })
  return newestRelease(client)
}

async function promoteToProd(client: Client, people: People, release: string): Promise<void> {
  await settled(client, { release, environment: 'stg', state: 'succeeded' })
  await lockflight(people.mara, ['promote', release, '--to', 'prod'])
  const { id } = await waitingIn(client, 'prod')
  await approve(id, people)
}

async function approve(promotion: string, { ana, ben }: People): Promise<void> {
  await lockflight(ana, ['approve', promotion, '--reason', 'read the change, tried it in stg'])
  await lockflight(ben, ['approve', promotion, '--reason', 'quiet afternoon, go ahead'])
}

async function visit(client: Client, environment: string, path: string): Promise<void> {
  const url = `${await addressOf(client, environment)}${path}`
  typed('you', `curl '${url}'    # ${environment}`)
  quote(await get(url))
}

async function end(code: number): Promise<void> {
  ending.abort()
  if (code === 0 && keep) {
    chapter('All of it still runs')
    tell(howToGoOn())
  } else {
    await takeAway(folder)
    if (code === 0) {
      chapter('What to try next')
      tell(whatToTryNext())
    }
  }
  process.exit(code)
}

async function takeAway(what: string): Promise<void> {
  await endProcessesIn(what)
  await rm(what, { recursive: true, force: true })
}

function whatToTryNext(): string {
  return `   npm run demo -- --keep     the same, and leaves everything running for you to play with
   README.md                  how to use it for a service of your own
   docs/rollback.md           the procedure you have just watched
   docs/trying-gates.md       how to know what a gate will do before it does`
}

function howToGoOn(): string {
  const { LOCKFLIGHT_HOME: home = '', PATH: path = '' } = place.env
  return `Go on in this shell:

   export LOCKFLIGHT_HOME=${home} PATH=${path.split(':').slice(0, 2).join(':')}:$PATH
   cd ${place.shop}
   lockflight status
   lockflight events --follow
   lockflight resume --env prod --reason "the price list is there"
   lockflight drill --env stg --reason "practice" --wait

When you have seen enough, from the folder of Lockflight: npm run demo -- --end ${folder}`
}
