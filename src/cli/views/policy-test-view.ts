import type { PolicyTestResult } from '../../core/policy-test.ts'
import { junitXml } from '../junit-xml.ts'
import type { Look } from '../look.ts'

/** Each case with what is wrong with it, then the counts. */
export function policyTestsText({ results }: { results: PolicyTestResult[] }, { paint }: Look): string {
  const failed = results.filter(({ problems }) => problems.length > 0).length
  const lines = results.flatMap(({ name, environment, problems }) => [
    `${problems.length === 0 ? paint('green', '✓') : paint('red', '✗')} ${environment}: ${name}`,
    ...problems.map((problem) => `    ${problem}`),
  ])
  const count = `${results.length - failed} of ${results.length} cases passed`
  return [...lines, '', failed === 0 ? paint('green', count) : paint('red', count)].join('\n')
}

/** The same as JUnit XML. */
export function policyTestsJunit({ results }: { results: PolicyTestResult[] }): string {
  const cases = results.map(({ name, environment, problems }) => ({
    group: environment,
    name,
    outcome: problems.length === 0 ? ('passed' as const) : ('failed' as const),
    message: problems.join('\n'),
  }))
  return junitXml('lockflight gates test', cases)
}
