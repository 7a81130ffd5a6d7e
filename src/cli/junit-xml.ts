/** One test as CI systems show it. */
export interface JunitCase {
  /** What it belongs to, such as an environment. */
  group: string
  name: string
  outcome: 'passed' | 'failed' | 'error' | 'skipped'
  message: string
}

/** Cases as one JUnit XML suite, so that a CI shows them as tests. */
export function junitXml(suite: string, cases: JunitCase[]): string {
  const count = (outcome: JunitCase['outcome']) => cases.filter((one) => one.outcome === outcome).length
  const counts = `tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escaped(suite)}" ${counts}>`,
    ...cases.map(caseLine),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')
}

const tags = { failed: 'failure', error: 'error', skipped: 'skipped' } as const

function caseLine({ group, name, outcome, message }: JunitCase): string {
  const start = `    <testcase classname="${escaped(group)}" name="${escaped(name)}"`
  return outcome === 'passed' ? `${start}/>` : `${start}><${tags[outcome]} message="${escaped(message)}"/></testcase>`
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Characters that XML 1.0 (2.2) has no way to write are left out. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/[&<>"\n\t]/g, (character) => entities[character] ?? '')
}
