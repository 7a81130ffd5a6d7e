import { z } from 'zod'
import { configurationProblems } from './configuration-problems.ts'
import { duration, durationWithin } from './duration.ts'
import { digestOfJson, type Digest } from './digest.ts'
import { freezes } from './freeze.ts'
import { eachOnce, slug } from './names.ts'
import { pipeline } from './pipeline.ts'
import { promotionClasses } from './promotion.ts'
import { registries } from './registry.ts'

/** The implementations of one extension slot, by the name that `use:` gives. */
export type Slot<Implementation extends { config: z.ZodObject }> = Record<string, Implementation>
type AnySlot = Slot<{ config: z.ZodObject }>

/** Everything a configuration may name by `use:`. */
export interface Slots {
  gates: Slot<{ config: z.ZodObject; always?: boolean; watches?(config: unknown): string[] }>
  deployers: AnySlot
  /** `deployers`: the only ones that start what it can shift. */
  routers: Slot<{ config: z.ZodObject; deployers?: readonly string[] }>
  verifications: AnySlot
  reports: Record<string, unknown>
}

/** What an environment may say about any gate, beside the gate's own settings. */
export const commonGateKeys = {
  id: slug.optional().describe('The name of this gate here; the value of `use` when absent'),
  classes: z
    .array(z.enum(promotionClasses))
    .min(1)
    .optional()
    .describe('Which promotions must pass it; by default all but rollbacks and drills (signature and provenance: all)'),
  shadow: z
    .boolean()
    .optional()
    .describe('Evaluate and record it, and let nothing wait for it (not signature, provenance or upstream)'),
  overridable: z
    .boolean()
    .optional()
    .describe('Whether two people may override it; by default true (signature and provenance: false)'),
  timeout: durationWithin('1s', '1d')
    .optional()
    .describe('How long one look may take; longer is an error; by default 1m'),
  'stable-for': durationWithin('0s', '7d')
    .optional()
    .describe(
      'Once it has failed, how long it must pass without a break before that counts; by default 1m for gates that look outside, else 0s',
    ),
}

/** The whole of lockflight.yaml, for the given extensions; no transforms, unknown keys refused. */
export function configurationSchema(slots: Slots) {
  const verification = choice(slots.verifications)
  const rollout = z.discriminatedUnion('use', [
    z.strictObject({ use: z.literal('rolling') }),
    z.strictObject({
      use: z.literal('canary'),
      router: choice(slots.routers),
      steps: z
        .array(
          z.strictObject({
            weight: z
              .int()
              .min(1)
              .max(100)
              .describe('Percent of traffic to the new release; never less than in the step before'),
            pause: duration.optional(),
            check: z.array(verification).default([]),
          }),
        )
        .min(1),
    }),
    z.strictObject({
      use: z.literal('blue-green'),
      router: choice(slots.routers),
      check: z.array(verification).default([]).describe('Checks of the new release before it gets any traffic'),
      pause: duration.optional().describe('How long to keep the old release running after the switch'),
    }),
  ])
  const environment = z.strictObject({
    after: eachOnce(slug).default([]).describe('Environments where the release must have succeeded before'),
    promote: z.enum(['auto', 'manual']).default('manual'),
    gates: z.array(choice(slots.gates, commonGateKeys)).default([]),
    deploy: choice(slots.deployers),
    rollout: rollout.default({ use: 'rolling' }),
    verify: z.array(verification).default([]).describe('Proof after deploying'),
    'on-failure': z.enum(['rollback', 'stop']).default('stop').describe('What to do when deploying or verifying fails'),
    'deploy-timeout': duration
      .default('30m')
      .describe('How long deploying may take, without the pauses of the rollout; then its abort, or the verification'),
    'expires-after': duration.default('14d').describe('How long a promotion may wait'),
  })
  return z
    .strictObject({
      project: slug,
      pipeline: pipeline.optional(),
      environments: z.record(slug, environment).default({}),
      'policy-changes': z
        .strictObject({
          'second-person': z
            .boolean()
            .default(false)
            .describe('Whether someone else with policy.edit has to confirm a change of this file'),
          delay: duration.optional().describe('How long after that it takes effect; at once when absent'),
        })
        .optional()
        .describe('How this file may change; what is in force decides, so nobody can take it away alone'),
      freezes: freezes.optional().describe('Times at which nothing may start in the whole project'),
      registries: registries.optional(),
    })
    .superRefine(
      (configuration, context) => {
        const problems = configurationProblems(configuration, context.issues, slots)
        for (const { path, message } of problems) context.addIssue({ code: 'custom', path, message })
      },
      // So that what is wrong in one part hides nothing of the others.
      { when: () => true },
    )
}

export type Configuration = z.infer<ReturnType<typeof configurationSchema>>
export type EnvironmentDefinition = Configuration['environments'][string]
export type RolloutDefinition = EnvironmentDefinition['rollout']
/** A part chosen by `use:` together with its own settings. */
export type Chosen = { use: string; [key: string]: unknown }

/** One registered state of a project's configuration; it never changes and is named by its digest. */
export interface Revision {
  project: string
  number: number
  digest: Digest
  configuration: Configuration
  appliedBy: string
  /** From when it is in force; later than it was registered where the policy wants a delay. */
  appliedAt: Date
}

/** The digest that approvals and verdicts bind to: any change of the environment's policy changes it. */
export function policyDigest(definition: EnvironmentDefinition): Digest {
  return digestOfJson(definition)
}

function choice(slot: AnySlot, common: z.ZodRawShape = {}): z.ZodType<Chosen, Chosen> {
  const options = Object.entries(slot).map(([use, { config }]) => config.safeExtend({ use: z.literal(use), ...common }))
  return z.discriminatedUnion('use', options as [(typeof options)[number], ...typeof options]) as unknown as z.ZodType<
    Chosen,
    Chosen
  >
}
