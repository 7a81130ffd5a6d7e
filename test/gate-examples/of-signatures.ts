import { aDrill, drillStatement } from '../rig/drills.ts'
import { provenanceStatement, signingKey } from '../rig/gate-world.ts'
import { summaryStatement } from '../rig/summaries.ts'
import type { GateExample } from './gate-example.ts'

const { trusted, attest } = signingKey()
const provenance = attest(provenanceStatement())
const elsewhere = attest(provenanceStatement({}, 'https://ci.elsewhere.example/'))
const receipt = attest(drillStatement())
const ofStg = attest(summaryStatement())
const drills = [aDrill({ receipt: receipt.digest })]

/** Gates that believe what is signed. */
export const ofSignatures = {
  signature: {
    yaml: '- use: signature',
    scenarios: [
      { when: 'both artifacts are signed', says: 'pass', facts: { attestations: [provenance], keys: [trusted] } },
      { when: 'the key was never trusted', says: 'fail', facts: { attestations: [provenance] } },
      { when: 'nothing is signed', says: 'fail', facts: { keys: [trusted] } },
    ],
    never: ['wait', 'inconclusive'],
  },
  provenance: {
    yaml: `- use: provenance
  builders: ['https://builder.example/']
  repositories: [/srv/git/shop]
  branches: [main]`,
    scenarios: [
      { when: 'it was built here, from main', says: 'pass', facts: { attestations: [provenance], keys: [trusted] } },
      { when: 'someone else built it', says: 'fail', facts: { attestations: [elsewhere], keys: [trusted] } },
      { when: 'nobody says who built it', says: 'fail', facts: { keys: [trusted] } },
    ],
    never: ['wait', 'inconclusive'],
  },
  summary: {
    yaml: `- use: summary
  verifiers: ['https://builder.example/']`,
    scenarios: [
      { when: 'it passed the gates of stg', says: 'pass', facts: { attestations: [ofStg], keys: [trusted] } },
      { when: 'it was not in stg yet', says: 'wait', facts: { keys: [trusted] } },
      { when: 'the key was never trusted', says: 'fail', facts: { attestations: [ofStg] } },
    ],
    never: ['inconclusive'],
  },
  drill: {
    yaml: `- use: drill
  within: 30d`,
    scenarios: [
      {
        when: 'a drill of stg succeeded an hour ago',
        says: 'pass',
        facts: { drills, attestations: [receipt], keys: [trusted] },
      },
      { when: 'there was no drill yet', says: 'wait' },
      {
        when: 'the last drill failed',
        says: 'fail',
        facts: { drills: [aDrill({ state: 'failed', reason: 'no room', receipt: null })] },
      },
      { when: 'nobody signed its receipt', says: 'inconclusive', facts: { drills, attestations: [receipt] } },
    ],
    never: [],
  },
} satisfies Record<string, GateExample>
