import type { Digest } from './digest.ts'

/** A report a job produced, normalized; the raw file is kept by digest. */
export interface Report {
  format: string
  job: string
  path: string
  digest: Digest
  results: ReportResults
}

/** What a report says, whatever its format. */
export interface ReportResults {
  tests: {
    total: number
    passed: number
    failed: number
    skipped: number
    /** The first failures, at most 50. */
    failures: { name: string; message: string }[]
  }
}

/** Reads one format. Refuses with `unprocessable`, reason `report_invalid`, what is malformed, truncated, empty or contradicts itself, naming the place. */
export interface ReportReader {
  read(bytes: Uint8Array): ReportResults
}
