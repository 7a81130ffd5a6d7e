import { digestOf } from '../src/core/digest.ts'
import { lookAtBundles } from '../src/trust/look-at-bundles.ts'
import { heldRoot } from '../src/trust/named-roots.ts'
import { startKeyless } from '../test/rig/keyless.ts'
import { githubProvenance } from '../test/rig/other-ci.ts'
import { compare } from './compare.ts'
import { tableText, type Row } from './row.ts'

const rounds = 9
const checks = 50
const artifact = { digest: digestOf('app') }

/** A keyless provenance that a gate looks at: the first time, with certificate, log entry and time stamp, and every other time. */
export async function benchTrust(): Promise<Row[]> {
  const ci = await startKeyless()
  try {
    const bundle = await ci.sign(githubProvenance([{ name: 'app', digest: artifact.digest }]))
    const roots = [heldRoot(ci.root)]
    const look = (others: string[]) => {
      const artifacts = [artifact, ...others.map((each) => ({ digest: digestOf(each) }))]
      const { facts } = lookAtBundles({ bundles: [bundle], artifacts, keys: [], roots })
      if (facts.length !== 1) throw new Error('expected one fact')
    }
    const many = (name: (check: number) => string[]) => async () => {
      for (let check = 0; check < checks; check += 1) look(name(check))
    }
    let asked = 0
    // What is asked beside something new is a new question.
    const { ours, limit } = await compare(
      rounds,
      many(() => []),
      many(() => [`other ${(asked += 1)}`]),
    )
    return [
      {
        what: 'a keyless provenance that was checked before',
        ours: `${((ours / checks) * 1000).toFixed(0)} µs`,
        limit: `checking it ${((limit / checks) * 1000).toFixed(0)} µs`,
        ratio: ours / limit,
        target: { atMost: 0.1 },
      },
      {
        what: 'checking it, beside what anyone may wait for',
        ours: `${(limit / checks).toFixed(1)} ms`,
        limit: '50 ms',
        ratio: limit / checks / 50,
        target: { atMost: 1 },
      },
    ]
  } finally {
    await ci.stop()
  }
}

if (import.meta.main) console.log(tableText(await benchTrust()))
