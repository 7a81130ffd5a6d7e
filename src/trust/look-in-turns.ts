import { setImmediate as turn } from 'node:timers/promises'
import { lookAtBundles, type Look, type Seen } from './look-at-bundles.ts'

/** As `lookAtBundles`, where whoever asks has chosen the keys and roots too: a bundle may have to be tried with all of them, so everyone else gets a turn after each. */
export async function lookInTurns({ bundles, ...about }: Look): Promise<Seen> {
  const seen: Seen = { facts: [], refusals: [] }
  for (const bundle of bundles) {
    const { facts, refusals } = lookAtBundles({ bundles: [bundle], ...about })
    seen.facts.push(...facts)
    seen.refusals.push(...refusals)
    await turn()
  }
  return seen
}
