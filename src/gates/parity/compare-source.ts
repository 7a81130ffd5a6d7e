import { z } from 'zod'
import { pathMatcher, type Fact } from '../../core/facts.ts'
import type { Subject, World } from '../../core/gate.ts'
import { Refusal } from '../../core/refusal.ts'
import { hidden } from './differences.ts'
import { lookAt } from './look-at.ts'
import { looksSecret } from './looks-secret.ts'
import type { FactSource } from './sources.ts'

/** Patterns of paths, by what is done with them. */
interface Meant {
  critical: string[]
  advisory: string[]
  secret: string[]
  presence: string[]
}

/** What two environments say, as far as it matters. */
export const comparedSource = z.strictObject({
  name: z.string(),
  /** How many facts there were in all. */
  here: z.int().min(0),
  there: z.int().min(0),
  /** Those that matter, with what stands for their values. */
  compared: z.array(z.strictObject({ path: z.string(), here: z.string().nullable(), there: z.string().nullable() })),
})

type ComparedSource = z.output<typeof comparedSource>

const mostCompared = 500
const longestShown = 200

/** Both sides of one source, now. Nothing that the patterns do not mean goes on from here, and no secret does. */
export async function compareSource(
  source: FactSource,
  meant: Meant,
  { subject, world, other }: { subject: Subject; world: World; other: string },
): Promise<ComparedSource> {
  const [here, there] = await Promise.all([
    lookAt(source, { which: 'here', environment: subject.environment }, { subject, world }),
    lookAt(source, { which: 'there', environment: other }, { subject, world }),
  ])
  const matters = pathMatcher([...meant.critical, ...meant.advisory])
  const standIn = standInFor(meant, world)
  const stands = (facts: Fact[]) =>
    new Map(facts.filter(({ path }) => matters(path)).map((fact) => [fact.path, standIn(fact)]))
  const sides = { here: stands(here), there: stands(there) }
  const paths = [...new Set([...sides.here.keys(), ...sides.there.keys()])].toSorted()
  if (paths.length > mostCompared) {
    const found = `${source.name}: expected at most ${mostCompared} critical and advisory paths, found ${paths.length}`
    throw new Refusal('unprocessable', found, { reason: 'facts.too_many' })
  }
  const compared = paths.map((path) => ({
    path,
    here: sides.here.get(path) ?? null,
    there: sides.there.get(path) ?? null,
  }))
  return { name: source.name, here: here.length, there: there.length, compared }
}

/** What goes into the evidence for a fact: its value only when it may be seen. */
function standInFor({ secret, presence }: Meant, { outside }: World): (fact: Fact) => string {
  const [isSecret, isOnlyThere] = [pathMatcher(secret), pathMatcher(presence)]
  return (fact) => {
    const { path, text } = fact
    if (isOnlyThere(path)) return ['null', '""', '{}', '[]'].includes(text) ? 'empty' : 'present'
    const isOpen = text.length <= longestShown && !isSecret(path) && !looksSecret(fact)
    // With its path, so that nobody learns which two secrets are the same.
    return isOpen ? text : `${hidden}${outside.hide(`${path}\n${text}`)}`
  }
}
