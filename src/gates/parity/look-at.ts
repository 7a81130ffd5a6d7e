import { factBytes, readFacts, type Fact } from '../../core/facts.ts'
import type { CommandResult, Subject, World } from '../../core/gate.ts'
import { Refusal } from '../../core/refusal.ts'
import type { FactSource } from './sources.ts'

/** One side of a comparison. */
export interface Side {
  which: 'here' | 'there'
  environment: string
}

/** The facts of one source about one environment, as they are this moment. Throws, without a word of what it read, when the source does not answer as it should. */
export async function lookAt(
  source: FactSource,
  side: Side,
  around: { subject: Subject; world: World },
): Promise<Fact[]> {
  try {
    const facts = await read(source, side, around)
    return facts.map(({ path, text }) => ({ path: path === '' ? source.name : `${source.name}.${path}`, text }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, reason } = error
    throw new Refusal(code, `${source.name} of ${side.environment}: ${error.message}`, { reason })
  }
}

async function read(source: FactSource, side: Side, { subject, world }: { subject: Subject; world: World }) {
  const { outside, timeoutSeconds } = world
  switch (source.use) {
    case 'file': {
      const path = source[side.which]
      const format = /\.ya?ml$/.test(path) ? 'yaml' : 'json'
      return readFacts(await outside.file(subject.release.source, path, factBytes), format)
    }
    case 'http':
      return answered(
        await outside.http({
          method: 'GET',
          url: source[side.which],
          headers: { accept: 'application/json' },
          secretHeaders: source['secret-headers'],
          timeoutSeconds: timeoutSeconds * 0.9,
          maxBytes: factBytes,
        }),
      )
    case 'command':
      return printed(await run(source, side, { subject, world }))
    case 'inspect':
      return deployed(subject, side, world)
  }
}

function answered({ status, type, body }: { status: number; type: string; body: Uint8Array }): Fact[] {
  if (status !== 200) throw unanswered('status 200', String(status))
  if (!/^application\/([a-z0-9.+-]+\+)?json$/.test(type)) throw unanswered('JSON', type || 'no media type')
  return readFacts(body, 'json')
}

/** What it printed is not quoted, not even when it ran out of time: it may hold secrets (A21). */
async function run(
  { run: script, env }: Extract<FactSource, { use: 'command' }>,
  side: Side,
  { subject, world }: { subject: Subject; world: World },
): Promise<CommandResult> {
  const { outside, timeoutSeconds } = world
  try {
    return await outside.command(script, { ...env, ...variables(subject, side) }, timeoutSeconds)
  } catch {
    throw unanswered('an answer of the command in time', 'none')
  }
}

function printed({ exitCode, answer }: { exitCode: number; answer: string }): Fact[] {
  if (exitCode !== 0) throw unanswered('exit code 0', String(exitCode))
  if (answer.trim() === '') return []
  return readFacts(Buffer.from(answer), 'json')
}

/** There: what runs. Here: what would, if this promotion went on. */
async function deployed({ release }: Subject, { which, environment }: Side, { outside }: World): Promise<Fact[]> {
  const running = which === 'here' ? release.digest : (await outside.inspect(environment)).release
  if (running === 'unknown') throw unanswered('a deployer that can tell what runs', 'one that cannot')
  return running === null ? [] : [{ path: 'release', text: JSON.stringify(running) }]
}

function variables({ project, release }: Subject, { environment }: Side): Record<string, string> {
  return {
    LOCKFLIGHT_PROJECT: project,
    LOCKFLIGHT_ENVIRONMENT: environment,
    LOCKFLIGHT_RELEASE: release.digest,
    LOCKFLIGHT_VERSION: release.version,
  }
}

function unanswered(expected: string, found: string): Refusal {
  return new Refusal('unavailable', `expected ${expected}, found ${found}`, { reason: 'facts.unanswered' })
}
