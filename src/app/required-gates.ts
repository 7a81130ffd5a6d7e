import type { Configuration, EnvironmentDefinition } from '../core/configuration.ts'
import { gatesOf } from '../core/evaluate.ts'
import { freezeGates } from '../core/freeze.ts'
import type { RequiredGate } from '../core/gate.ts'
import type { Promotion } from '../core/promotion.ts'
import type { App } from './app.ts'

/** The gates that are evaluated for a promotion under that configuration: its environment's own, and those that freezes add. */
export function requiredGates(
  app: Pick<App, 'gates'>,
  { environment, class: kind }: Pick<Promotion, 'environment' | 'class'>,
  { configuration, definition }: { configuration: Configuration; definition: EnvironmentDefinition },
): RequiredGate[] {
  const gates = [...definition.gates, ...freezeGates(configuration.freezes, environment)]
  return gatesOf({ ...definition, gates }, kind, app.gates)
}
