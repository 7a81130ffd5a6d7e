import { billOfMaterials, ownBillPath, type BillInput } from '../core/bill-of-materials.ts'
import { canonical } from '../core/digest.ts'
import type { Report } from '../core/report.ts'
import type { App } from './app.ts'

/** The bill of materials of a release whose pipeline made none, kept and read like any other report; it is of no job. */
export async function makeBill(app: App, about: Omit<BillInput, 'builder'>): Promise<Report> {
  const builder = { id: app.builderId, version: app.version }
  const bytes = Buffer.from(canonical(billOfMaterials({ ...about, builder })))
  const reader = app.reports['cyclonedx']
  if (!reader) throw new Error('there is no reader of CycloneDX')
  const results = reader.read(bytes)
  const { digest } = await app.artifacts.putBytes(bytes)
  return { format: 'cyclonedx', job: null, path: ownBillPath, digest, results }
}
