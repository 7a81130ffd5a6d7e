import type { ReportReader } from '../core/report.ts'
import { junit } from './junit.ts'

/** Every report format, by the name that `use:` gives. */
export const reports = { junit } satisfies Record<string, ReportReader>
