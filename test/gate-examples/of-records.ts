import { approvalBy, ago, deployment } from '../rig/gate-world.ts'
import type { GateExample } from './gate-example.ts'

/** Gates that look at what Lockflight itself knows. */
export const ofRecords = {
  upstream: {
    yaml: '- use: upstream',
    scenarios: [
      { when: 'it was deployed to stg and verified', says: 'pass', facts: { deployments: [deployment()] } },
      { when: 'it was never in stg', says: 'wait' },
      {
        when: 'its deployment to stg failed',
        says: 'fail',
        facts: { deployments: [deployment({ outcome: 'failed', reason: 'http: status 500' })] },
      },
    ],
    never: ['inconclusive'],
  },
  approval: {
    yaml: `- use: approval
  count: 2
  groups: [{ group: security }]
  classes: [standard]
- use: approval
  id: hotfix-approval
  classes: [hotfix]`,
    scenarios: [
      {
        when: 'bob and sue of security have approved',
        says: 'pass',
        facts: { approvals: [approvalBy('bob'), approvalBy('sue')], groups: { security: ['sue'] } },
      },
      {
        when: 'bob has approved, and alice, who asked for it',
        says: 'wait',
        facts: { approvals: [approvalBy('bob'), approvalBy('alice@idp')], groups: { security: ['sue'] } },
      },
      {
        when: 'eve has said no',
        says: 'fail',
        facts: { approvals: [approvalBy('eve', { decision: 'reject', reason: 'not before the sale' })] },
      },
    ],
    never: ['inconclusive'],
  },
  soak: {
    yaml: `- use: soak
  for: 1d
  continuous: true`,
    scenarios: [
      {
        when: 'it has been live in stg for two days',
        says: 'pass',
        facts: { deployments: [deployment({ finishedAt: ago(172_800) })] },
      },
      {
        when: 'it has been live in stg since this morning',
        says: 'wait',
        facts: { deployments: [deployment({ finishedAt: ago(14_400) })] },
      },
      {
        when: 'stg is held',
        says: 'wait',
        facts: {
          deployments: [deployment({ finishedAt: ago(172_800) })],
          holds: { stg: [{ from: ago(3600), until: null }] },
        },
      },
      { when: 'nothing comes before prod', says: 'inconclusive', about: { after: [] } },
    ],
    never: ['fail'],
  },
  window: {
    yaml: `- use: window
  zone: Europe/Berlin
  allow:
    - { rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20301231', from: '09:00', to: '16:00' }
  deny:
    - { rrule: 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', reason: last working day }
    - { from: 2026-12-21, to: 2027-01-03, reason: holidays }`,
    scenarios: [
      { when: 'Monday at noon', says: 'pass' },
      { when: 'Saturday at noon', says: 'wait', about: { at: new Date('2026-11-28T11:00:00Z') } },
      { when: 'the last working day of November', says: 'wait', about: { at: new Date('2026-11-30T11:00:00Z') } },
      { when: 'in the holidays', says: 'wait', about: { at: new Date('2026-12-24T11:00:00Z') } },
      { when: 'no times are left', says: 'fail', about: { at: new Date('2031-01-06T11:00:00Z') } },
    ],
    never: ['inconclusive', 'error'],
  },
  reversible: {
    yaml: `- use: reversible
  acknowledged:
    - { change: split-names, owner: ana, reason: agreed with support }`,
    scenarios: [
      { when: 'it changes nothing for good', says: 'pass' },
      {
        when: 'it comes from before a change that cannot be undone',
        says: 'fail',
        facts: {
          deployments: [deployment({ environment: 'prod' })],
          oneWay: [
            { fence: 2, version: '8-ddddddd', changes: [{ id: 'drop-orders', reason: 'the old orders are gone' }] },
          ],
        },
      },
    ],
    never: ['wait', 'inconclusive'],
  },
} satisfies Record<string, GateExample>
