import { z } from 'zod'
import { listOf } from './json.ts'

/*
 * CycloneDX 1.4 to 1.7 (cyclonedx.org/docs), as far as anything is judged by it; keys that the specification does not
 * have are refused there. The official JSON Schemas are not used: they ask for unique items in every list, which a
 * validator checks in the square of its length, minutes for 20 000 components.
 */

const anything = z.unknown().optional()
const keys = <const Name extends string>(...names: Name[]) =>
  Object.fromEntries(names.map((name) => [name, anything])) as Record<Name, typeof anything>

const ref = z.string().min(1)

const licenseText = z.union([
  z.object({ license: z.object({ id: z.string().min(1), name: z.undefined().optional() }) }),
  z.object({ license: z.object({ name: z.string().min(1), id: z.undefined().optional() }) }),
  z.object({ expression: z.string().min(1) }),
])

const componentTypes = [
  'application',
  'framework',
  'library',
  'container',
  'platform',
  'operating-system',
  'device',
  'device-driver',
  'firmware',
  'file',
  'machine-learning-model',
  'data',
  'cryptographic-asset',
] as const

/** A part, which may have parts. */
export interface BomComponent {
  type: string
  'bom-ref'?: string | undefined
  name: string
  group?: string | undefined
  version?: string | undefined
  purl?: string | undefined
  licenses?: z.infer<typeof licenseText>[] | undefined
  components?: BomComponent[] | undefined
}

const component: z.ZodType<BomComponent> = z.lazy(() =>
  z.strictObject({
    ...keys('mime-type', 'supplier', 'manufacturer', 'author', 'authors', 'publisher', 'description', 'scope'),
    ...keys('hashes', 'copyright', 'patentAssertions', 'cpe', 'omniborId', 'swhid', 'swid', 'modified', 'pedigree'),
    ...keys('externalReferences', 'evidence', 'releaseNotes', 'modelCard', 'data', 'cryptoProperties', 'properties'),
    ...keys('tags', 'signature', 'isExternal', 'versionRange'),
    type: z.enum(componentTypes),
    'bom-ref': ref.optional(),
    name: z.string(),
    group: z.string().optional(),
    version: z.string().optional(),
    purl: z.string().startsWith('pkg:', 'expected a package URL').optional(),
    licenses: listOf(licenseText).optional(),
    components: listOf(component).optional(),
  }),
)

const vulnerability = z.strictObject({
  ...keys('bom-ref', 'source', 'cwes', 'recommendation', 'workaround', 'proofOfConcept', 'advisories', 'created'),
  ...keys('published', 'updated', 'rejected', 'credits', 'tools', 'properties'),
  id: z.string().min(1).optional(),
  references: listOf(z.object({ id: z.string() })).optional(),
  ratings: listOf(
    z.object({
      score: z.number().optional(),
      severity: z.enum(['critical', 'high', 'medium', 'low', 'info', 'none', 'unknown']).optional(),
      method: z.string().optional(),
    }),
  ).optional(),
  description: z.string().optional(),
  detail: z.string().optional(),
  analysis: z
    .object({
      state: z
        .enum(['resolved', 'resolved_with_pedigree', 'exploitable', 'in_triage', 'false_positive', 'not_affected'])
        .optional(),
      justification: z.string().optional(),
      detail: z.string().optional(),
    })
    .optional(),
  affects: listOf(
    z.object({
      ref,
      versions: listOf(
        z.object({
          version: z.string().optional(),
          range: z.string().optional(),
          status: z.enum(['affected', 'unaffected', 'unknown']).optional(),
        }),
      ).optional(),
    }),
  ).optional(),
})
export type BomVulnerability = z.infer<typeof vulnerability>

/** A whole bill of materials. */
export const bom = z.strictObject({
  ...keys('$schema', 'services', 'externalReferences', 'dependencies', 'compositions', 'annotations', 'formulation'),
  ...keys('declarations', 'definitions', 'citations', 'properties', 'signature'),
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.enum(['1.4', '1.5', '1.6', '1.7']),
  serialNumber: z
    .string()
    .regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'expected urn:uuid: and a UUID')
    .optional(),
  version: z.int().min(1).optional(),
  metadata: z.object({ component: component.optional() }).optional(),
  components: listOf(component).optional(),
  vulnerabilities: listOf(vulnerability).optional(),
})
