import { z } from 'zod'
import { listOf } from './json.ts'

/*
 * SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), as far as anything is judged by it.
 */

const index = z.int().min(-1)
const text = z.object({ text: z.string() })

/** How bad a result is (section 3.27.10). */
const level = z.enum(['none', 'note', 'warning', 'error'])
export type Level = z.infer<typeof level>

const configuration = z.object({ level: level.optional(), enabled: z.boolean().optional() })

const rule = z.object({
  id: z.string(),
  guid: z.string().optional(),
  shortDescription: text.optional(),
  messageStrings: z.record(z.string(), text).optional(),
  defaultConfiguration: configuration.optional(),
  properties: z.object({ 'security-severity': z.string().optional() }).optional(),
})
export type Rule = z.infer<typeof rule>

const toolComponent = z.object({
  name: z.string().min(1),
  guid: z.string().optional(),
  rules: listOf(rule).optional(),
})

/** Which rule is meant (section 3.52). */
const ruleReference = z.object({
  id: z.string().optional(),
  index: index.optional(),
  guid: z.string().optional(),
  toolComponent: z
    .object({ index: index.optional(), guid: z.string().optional(), name: z.string().optional() })
    .optional(),
})
export type RuleReference = z.infer<typeof ruleReference>

const artifactLocation = z.object({
  uri: z.string().optional(),
  uriBaseId: z.string().optional(),
  index: index.optional(),
})
export type ArtifactLocation = z.infer<typeof artifactLocation>

const location = z.object({
  physicalLocation: z
    .object({
      artifactLocation: artifactLocation.optional(),
      region: z.object({ startLine: z.int().min(1).optional() }).optional(),
    })
    .optional(),
  logicalLocations: listOf(
    z.object({ fullyQualifiedName: z.string().optional(), name: z.string().optional() }),
  ).optional(),
})

const result = z.object({
  ruleId: z.string().optional(),
  ruleIndex: index.optional(),
  rule: ruleReference.optional(),
  kind: z.enum(['pass', 'open', 'informational', 'notApplicable', 'review', 'fail']).optional(),
  level: level.optional(),
  message: z.object({
    text: z.string().optional(),
    id: z.string().optional(),
    arguments: listOf(z.string()).optional(),
  }),
  locations: listOf(location).optional(),
  fingerprints: z.record(z.string(), z.string()).optional(),
  partialFingerprints: z.record(z.string(), z.string()).optional(),
  suppressions: listOf(
    z.object({
      kind: z.enum(['inSource', 'external']),
      status: z.enum(['accepted', 'underReview', 'rejected']).optional(),
      justification: z.string().optional(),
    }),
  ).optional(),
  baselineState: z.enum(['new', 'unchanged', 'updated', 'absent']).optional(),
  provenance: z.object({ invocationIndex: index.optional() }).optional(),
  properties: z.object({ 'security-severity': z.string().optional() }).optional(),
})
export type SarifResult = z.infer<typeof result>

const run = z.object({
  tool: z.object({
    driver: toolComponent,
    extensions: listOf(toolComponent)
      .refine((all) => all.length <= 1000, 'expected at most 1000 extensions')
      .optional(),
  }),
  invocations: listOf(
    z.object({
      executionSuccessful: z.boolean(),
      ruleConfigurationOverrides: listOf(z.object({ descriptor: ruleReference, configuration })).optional(),
    }),
  ).optional(),
  originalUriBaseIds: z
    .record(z.string(), z.object({ uri: z.string().optional(), uriBaseId: z.string().optional() }))
    .optional(),
  artifacts: listOf(z.object({ location: artifactLocation.optional() })).optional(),
  /** Null when the scan could not begin, absent when the results lie elsewhere: both are no results. */
  results: listOf(result),
})
export type SarifRun = z.infer<typeof run>

/** A whole log file. */
export const sarifLog = z.object({ version: z.literal('2.1.0'), runs: listOf(run, { atLeast: 1 }) })
