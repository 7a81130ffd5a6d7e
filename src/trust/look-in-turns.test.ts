import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { githubProvenance, otherCi } from '../../test/rig/other-ci.ts'
import { readPublicKey } from '../core/admission.ts'
import { digestOf } from '../core/digest.ts'
import { lookAtBundles } from './look-at-bundles.ts'
import { lookInTurns } from './look-in-turns.ts'
import { publicGoodRoot } from './named-roots.ts'

test('A18 bundles that someone asks about hold up everyone else no longer than one of them takes', async () => {
  const [ci, stranger] = [otherCi(), otherCi()]
  const statement = githubProvenance([{ name: 'app', digest: digestOf('app') }])
  const bundles = [ci, stranger, ci, stranger].map((one) => one.attest(statement))
  const keys = [readPublicKey(ci.pem)]
  const look = { bundles, artifacts: [{ digest: digestOf('app') }], keys, roots: [publicGoodRoot()] }
  const looking = lookInTurns(look)
  let turns = 0
  while ((await Promise.race([looking, turn('still looking')])) === 'still looking') turns += 1
  expect(turns).toBeGreaterThanOrEqual(bundles.length - 1)
  expect(await looking).toEqual(lookAtBundles(look))
})
