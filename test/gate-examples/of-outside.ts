import type { GateOutside } from '../../src/core/gate.ts'
import { now, subject } from '../rig/gate-world.ts'
import type { GateExample } from './gate-example.ts'

const saying =
  (answer: unknown): GateOutside['http'] =>
  async () => ({ status: 200, type: 'application/json', headers: {}, body: Buffer.from(JSON.stringify(answer)) })
const prometheus = (...values: string[]) => {
  const result = values.map((value, series) => ({
    metric: { series: String(series) },
    value: [now.getTime() / 1000, value],
  }))
  return { http: saying({ status: 'success', data: { resultType: 'vector', result } }) }
}
const command = (exitCode: number, output: string, answer: object = {}) => ({
  command: { exitCode, output: `${output}\n`, answer: JSON.stringify(answer) },
})

/** Gates that ask the world. */
export const ofOutside = {
  command: {
    yaml: `- use: command
  run: ./check-stock-taking.sh
  recheck: 10m`,
    scenarios: [
      { when: 'it ends with 0', says: 'pass', facts: command(0, 'no stock-taking') },
      { when: 'it ends with 10', says: 'wait', facts: command(10, 'stock-taking', { recheckAfter: '2h' }) },
      { when: 'it ends with 1', says: 'fail', facts: command(1, 'the stock does not add up') },
      { when: 'what it writes is not the documented answer', says: 'error', facts: command(0, '', { pass: true }) },
    ],
    never: ['inconclusive'],
  },
  http: {
    yaml: `- use: http
  url: https://change-board.example/decide
  signing-secret: BOARD_KEY`,
    scenarios: [
      {
        when: 'the service agrees',
        says: 'pass',
        facts: { http: saying({ outcome: 'pass', reason: 'change 4711 is approved' }) },
      },
      {
        when: 'it has not decided',
        says: 'wait',
        facts: { http: saying({ outcome: 'wait', reason: 'change 4711 is in review', recheckAfter: '1h' }) },
      },
      {
        when: 'it refuses',
        says: 'fail',
        facts: { http: saying({ outcome: 'fail', reason: 'change 4711 was refused' }) },
      },
      {
        when: 'it cannot tell',
        says: 'inconclusive',
        facts: { http: saying({ outcome: 'inconclusive', reason: 'no change names this release' }) },
      },
      { when: 'it answers something else', says: 'error', facts: { http: saying({ ok: true }) } },
    ],
    never: [],
  },
  metric: {
    yaml: `- use: metric
  prometheus: https://prometheus.example
  query: sum(rate(errors_total{version="{{version}}", env="stg"}[10m]))
  is: <=
  than: 0.5`,
    scenarios: [
      { when: 'there are few errors', says: 'pass', facts: prometheus('0.2') },
      { when: 'there are many', says: 'fail', facts: prometheus('7') },
      { when: 'the query finds nothing', says: 'inconclusive', facts: prometheus() },
      { when: 'it finds two series', says: 'error', facts: prometheus('0.2', '0.3') },
    ],
    never: ['wait'],
  },
  'error-budget': {
    yaml: `- use: error-budget
  prometheus: https://prometheus.example
  objective: 0.999
  window: 30d
  bad-ratio: avg_over_time(shop_error_ratio{env="{{environment}}"}[{{window}}])`,
    scenarios: [
      { when: 'a tenth of the budget is spent', says: 'pass', facts: prometheus('0.0001') },
      { when: 'it is all spent', says: 'fail', facts: prometheus('0.02') },
      {
        when: 'it is all spent, and this is a rollback',
        says: 'pass',
        facts: prometheus('0.02'),
        about: { promotion: { ...subject.promotion, class: 'rollback' } },
      },
      { when: 'there is no data', says: 'inconclusive', facts: prometheus() },
      { when: 'the share is no number', says: 'inconclusive', facts: prometheus('NaN') },
    ],
    never: ['wait'],
  },
  parity: {
    yaml: `- use: parity
  facts:
    - { use: file, name: config, here: deploy/prod.yaml, there: deploy/stg.yaml }
    - { use: inspect, name: running }
  critical: [config.database.*, config.features.**, running.release]
  advisory: [config.replicas]
  presence: [config.database.password]
  accepted:
    - { path: config.features.beta, owner: dana, reason: trial with staff, until: 2026-12-31 }`,
    scenarios: [
      {
        when: 'only what is accepted or advisory differs',
        says: 'pass',
        facts: configured(
          'database: { version: "16", password: one }\nfeatures: { beta: false }\nreplicas: 5',
          'database: { version: "16", password: two }\nfeatures: { beta: true }\nreplicas: 2',
        ),
      },
      {
        when: 'prod has an older database',
        says: 'fail',
        facts: configured(
          'database: { version: "15", password: one }\nfeatures: { beta: true }',
          'database: { version: "16", password: two }\nfeatures: { beta: true }',
        ),
      },
      {
        when: 'stg has no configuration',
        says: 'inconclusive',
        facts: configured('{}', '{}'),
      },
    ],
    never: ['wait'],
  },
} satisfies Record<string, GateExample>

function configured(here: string, there: string) {
  return {
    files: { 'deploy/prod.yaml': here, 'deploy/stg.yaml': there },
    inspections: { stg: { release: subject.release.digest, url: null, candidateUrl: null } },
  }
}
