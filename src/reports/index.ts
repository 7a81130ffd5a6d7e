import type { ReportReader } from '../core/report.ts'
import { cobertura } from './cobertura.ts'
import { cyclonedx } from './cyclonedx.ts'
import { grype } from './grype.ts'
import { junit } from './junit.ts'
import { lcov } from './lcov.ts'
import { osvScanner } from './osv-scanner.ts'
import { sarif } from './sarif.ts'
import { spdx } from './spdx.ts'
import { trivy } from './trivy.ts'

/** Every report format, by the name that `use:` gives. */
export const reports = {
  junit,
  cobertura,
  lcov,
  sarif,
  cyclonedx,
  spdx,
  'osv-scanner': osvScanner,
  trivy,
  grype,
} satisfies Record<string, ReportReader>
