import type { Gate } from '../core/gate.ts'
import { approval } from './approval.ts'
import { command } from './command.ts'
import { drill } from './drill.ts'
import { errorBudget } from './error-budget.ts'
import { expression } from './expression.ts'
import { http } from './http.ts'
import { metric } from './metric.ts'
import { parity } from './parity.ts'
import { provenance } from './provenance.ts'
import { quality } from './quality.ts'
import { reversible } from './reversible.ts'
import { signature } from './signature.ts'
import { soak } from './soak.ts'
import { summary } from './summary.ts'
import { upstream } from './upstream.ts'
import { window } from './window.ts'

/** Every gate, by the name that `use:` gives. */
export const gates = {
  upstream,
  approval,
  signature,
  provenance,
  summary,
  quality,
  expression,
  reversible,
  drill,
  soak,
  window,
  command,
  metric,
  parity,
  'error-budget': errorBudget,
  http,
} satisfies Record<string, Gate>
