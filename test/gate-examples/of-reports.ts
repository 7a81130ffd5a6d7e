import { digestOf } from '../../src/core/digest.ts'
import { report } from '../rig/gate-world.ts'
import type { GateExample } from './gate-example.ts'

const counted = (covered: number) => ({ covered, total: 1000 })
const covering = (lines: number) => ({
  ...report(),
  format: 'cobertura',
  path: 'coverage.xml',
  digest: digestOf(`coverage ${lines}`),
  results: { coverage: { lines: counted(lines), branches: null, files: [] } },
})

/** Gates that judge the reports of the release's own run. */
export const ofReports = {
  quality: {
    yaml: `- use: quality
  tests: { at-least: 10 }
  coverage: { lines-at-least: 80 }`,
    scenarios: [
      {
        when: '10 tests passed, 85 % of the lines are covered',
        says: 'pass',
        facts: { reports: [report(), covering(850)] },
      },
      {
        when: 'a test failed',
        says: 'fail',
        facts: { reports: [report({ passed: 9, failed: ['pays'] }), covering(850)] },
      },
      { when: '79.9 % of the lines are covered', says: 'fail', facts: { reports: [report(), covering(799)] } },
      { when: 'no job left a coverage report', says: 'inconclusive', facts: { reports: [report()] } },
      {
        when: 'what is stored as the report is not what was signed',
        says: 'error',
        facts: {
          reports: [{ ...report(), results: {}, disbelief: 'it was changed after it was recorded' }, covering(850)],
        },
      },
    ],
    never: ['wait'],
  },
  expression: {
    yaml: `- use: expression
  expression: tests.failed == 0 && (release.branch == "main" || promotion.class == "hotfix")`,
    scenarios: [
      { when: 'no test failed, on main', says: 'pass', facts: { reports: [report()] } },
      { when: 'a test failed', says: 'fail', facts: { reports: [report({ failed: ['pays'] })] } },
      { when: 'no tests were reported', says: 'error' },
    ],
    never: ['wait', 'inconclusive'],
  },
} satisfies Record<string, GateExample>
