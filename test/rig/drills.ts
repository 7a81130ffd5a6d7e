import type { Statement } from '../../src/core/attestation.ts'
import { digestOf } from '../../src/core/digest.ts'
import { drillReceipt, type Drill } from '../../src/core/drill.ts'
import { ago, deployment, release } from './gate-world.ts'

/** A drill of stg that ended an hour ago, from the release that gates judge to an earlier one. */
export function aDrill(given: Partial<Drill> = {}): Drill {
  return {
    id: 'drill-1',
    project: 'shop',
    environment: 'stg',
    state: 'succeeded',
    reason: '',
    release: release.digest,
    target: digestOf('earlier'),
    back: 'p-back',
    forth: 'p-forth',
    requestedBy: 'olga@idp',
    requestReason: 'monthly',
    startedAt: ago(3720),
    finishedAt: ago(3600),
    receipt: digestOf('receipt'),
    ...given,
  }
}

/** What is signed about it: a minute back, half a minute forth. */
export function drillStatement(given: Partial<Drill> = {}): Statement {
  return drillReceipt({
    drill: aDrill(given),
    release,
    target: { digest: digestOf('earlier'), version: '6-bbbbbbb' },
    back: deployment({ promotion: 'p-back', startedAt: ago(3720), finishedAt: ago(3660) }),
    forth: deployment({ promotion: 'p-forth', startedAt: ago(3630), finishedAt: null }),
    at: ago(3600),
    executor: 'https://builder.example/',
  })
}
