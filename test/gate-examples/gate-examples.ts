import type { gates } from '../../src/gates/index.ts'
import type { GateExample } from './gate-example.ts'
import { ofOutside } from './of-outside.ts'
import { ofRecords } from './of-records.ts'
import { ofReports } from './of-reports.ts'
import { ofSignatures } from './of-signatures.ts'

/** An example of every gate. One that is added to the gates does not compile here before it has one. */
export const gateExamples: Record<keyof typeof gates, GateExample> = {
  ...ofRecords,
  ...ofSignatures,
  ...ofReports,
  ...ofOutside,
}
