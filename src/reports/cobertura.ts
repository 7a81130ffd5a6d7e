import type { ReportReader } from '../core/report.ts'
import { CoberturaTally } from './cobertura-tally.ts'
import { Contradiction, untrusted } from './untrusted.ts'
import { readXml } from './xml.ts'

const kind = 'Cobertura'

/**
 * Cobertura's coverage.xml as c8, coverage.py, gcovr, coverlet and others write it. The counts and rates it declares
 * must be those of its lines. Its document type declaration is passed over, and never fetched.
 */
export const cobertura: ReportReader = {
  recognizes: (top) => 'xml' in top && top.xml === 'coverage',
  read(bytes, origin) {
    const tally = new CoberturaTally(origin)
    readXml(bytes, { kind, documentType: 'coverage' }, tally)
    try {
      return { coverage: tally.results() }
    } catch (error) {
      if (!(error instanceof Contradiction)) throw error
      throw untrusted(kind, error.message, error)
    }
  },
}
