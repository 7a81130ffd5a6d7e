import type { ReportReader } from '../core/report.ts'
import { JunitTally } from './junit-tally.ts'
import { readXml } from './xml.ts'
import { untrusted } from './untrusted.ts'

const kind = 'JUnit'

/**
 * JUnit's XML as Surefire, Gradle, Jest, vitest, node, pytest and nextest write it, with the forms Surefire has for
 * tests that were run again. The counts that suites declare must be what is in them.
 */
export const junit: ReportReader = {
  recognizes: (top) => 'xml' in top && /^testsuites?$/.test(top.xml),
  read(bytes) {
    const tally = new JunitTally()
    readXml(bytes, { kind }, tally)
    const results = tally.results()
    if (!results) throw untrusted(kind, 'expected testsuites or testsuite, found neither')
    return results
  },
}
