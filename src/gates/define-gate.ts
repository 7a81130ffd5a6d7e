import type { z } from 'zod'
import type { ActorId } from '../core/actor.ts'
import type { Gate, GateKind, Grounds, Subject, VerdictInput, World } from '../core/gate.ts'
import type { PromotionClass } from '../core/promotion.ts'

interface Definition<Config extends z.ZodObject, Evidence extends z.ZodType> extends Pick<
  Gate,
  'reads' | 'maxAgeSeconds'
> {
  config: Config
  evidence: Evidence
  kind?: GateKind
  timeoutSeconds?: number
  always?: boolean
  letsThrough?(config: z.output<Config>, promotionClass: PromotionClass): boolean
  watches?(config: z.output<Config>): string[]
  comparesSource?(config: z.output<Config>): boolean
  excludes?(config: z.output<Config>, subject: Subject, person: ActorId): string | null
  wantsReason?(config: z.output<Config>): boolean
  observe(config: z.output<Config>, subject: Subject, world: World): Promise<z.input<Evidence>>
  judge(config: z.output<Config>, evidence: z.output<Evidence>, subject: Subject): VerdictInput
  restsOn?(config: z.output<Config>, evidence: z.output<Evidence>, subject: Subject): Grounds
}

/** Types a gate's two functions from its two schemas. */
export function defineGate<Config extends z.ZodObject, Evidence extends z.ZodType>(
  definition: Definition<Config, Evidence>,
): Definition<Config, Evidence> {
  return definition
}
