import { z } from 'zod'
import { pyrraBurnLimits, slothBurnLimits, type BurnLimit } from '../core/error-budget.ts'
import { duration, durationWithin, seconds } from '../core/duration.ts'
import { insidePath } from '../core/names.ts'
import { outsideUrl } from '../core/outside-url.ts'
import { promotionClasses } from '../core/promotion.ts'
import { linkTemplate, promqlTemplate } from './placeholders.ts'
import { headersOfSecrets } from './headers-of-secrets.ts'

const events = 'PromQL over {{window}}, such as sum(increase(requests_total[{{window}}]))'

const burnRate = z.strictObject({
  long: duration,
  short: duration,
  above: z.number().positive().describe('1 spends the whole budget in exactly its window'),
})

/** Settings of the `error-budget` gate; what `slo-file` names is filled in when a configuration is applied. */
export const budgetSettings = z
  .strictObject({
    prometheus: outsideUrl.optional().describe('Where Prometheus answers; a data source of the file may say so too'),
    'slo-file': insidePath
      .optional()
      .describe(
        'A file of OpenSLO v1 objects beside lockflight.yaml; applying puts what it says in the place of its name',
      ),
    slo: z.string().min(1).max(255).optional().describe('Which SLO of the file; how a `service` knows it'),
    objective: z.number().gt(0).lt(1).optional().describe('The share of good events that is promised, such as 0.999'),
    window: durationWithin('1h', '366d').optional().describe('The sliding window of the promise, such as 30d'),
    good: promqlTemplate(['window']).optional().describe(`Good events: ${events}`),
    bad: promqlTemplate(['window'])
      .optional()
      .describe('Bad events instead; no series is no data, so write `or vector(0)` when it means none'),
    total: promqlTemplate(['window']).optional().describe('All events, beside `good` or `bad`'),
    'bad-ratio': promqlTemplate(['window'])
      .optional()
      .describe('The share of bad events, instead of `good`, `bad` and `total`'),
    'sloth-id': z
      .string()
      .max(255)
      .optional()
      .describe('Use the recording rules of Sloth with this `sloth_id` when they are there'),
    'pyrra-slo': z
      .string()
      .max(255)
      .optional()
      .describe('Use the recording rules of Pyrra with this `slo` when they are there'),
    service: outsideUrl.optional().describe('Ask a service instead of Prometheus: see docs/error-budgets.md'),
    'remaining-above': z.number().min(0).lt(1).default(0).describe('More than this share of the budget must be left'),
    'burn-rates': z
      .array(burnRate)
      .max(10)
      .optional()
      .describe(
        'No burn may be faster over both windows; by default those of Sloth (of Pyrra for its rules), none: []',
      ),
    'max-age': durationWithin('1m', '1h').default('5m').describe('There must be data of the last so long'),
    'when-idle': z
      .enum(['inconclusive', 'nothing-failed'])
      .default('inconclusive')
      .describe('What a window without a single event means'),
    exempt: z
      .array(z.enum(promotionClasses))
      .default(['rollback', 'hotfix'])
      .describe('Promotions of these classes pass whatever is left, and say so'),
    recheck: durationWithin('1m', '7d')
      .default('1d')
      .describe('How soon to ask again at the latest; sooner when it is predicted to be fine sooner'),
    'secret-headers': headersOfSecrets,
    dashboard: linkTemplate
      .optional()
      .describe('A link for people; {{release}}, {{version}}, {{environment}} may stand in it'),
    runbook: linkTemplate.optional().describe('A link for people'),
  })
  .superRefine((settings, context) => {
    for (const { path, message } of problemsOf(settings)) context.addIssue({ code: 'custom', path, message })
  })
export type BudgetSettings = z.output<typeof budgetSettings>

function problemsOf(settings: z.output<typeof budgetSettings>) {
  const { service, prometheus, objective, window, good, bad, total } = settings
  const { 'bad-ratio': badRatio, 'slo-file': file, 'sloth-id': sloth, 'pyrra-slo': pyrra } = settings
  const problems: { path: (string | number)[]; message: string }[] = []
  const expect = (holds: boolean, path: string, message: string) =>
    void (holds || problems.push({ path: [path], message }))
  const queried = [good, bad, total, badRatio].some((query) => query !== undefined)
  const pending = file !== undefined && objective === undefined
  if (service !== undefined) {
    const beside =
      prometheus !== undefined || queried || sloth !== undefined || pyrra !== undefined || file !== undefined
    expect(!beside, 'service', 'expected a service alone; found settings of Prometheus beside it')
    expect(window !== undefined, 'window', 'expected the window of the SLO, such as 30d')
  } else if (!pending) {
    expect(prometheus !== undefined, 'prometheus', 'expected the address of a Prometheus, or of a service')
    expect(objective !== undefined, 'objective', 'expected an objective such as 0.999, or a `slo-file`')
    expect(window !== undefined, 'window', 'expected a window such as 30d, or a `slo-file`')
    const pair = total !== undefined && (good === undefined) !== (bad === undefined) && badRatio === undefined
    const ratio = badRatio !== undefined && [good, bad, total].every((query) => query === undefined)
    const recorded = !queried && (sloth !== undefined || pyrra !== undefined)
    expect(
      pair || ratio || recorded,
      'total',
      'expected `total` with `good` or `bad`, or `bad-ratio`, or recording rules',
    )
  }
  settings['burn-rates']?.forEach(({ long, short }, index) => {
    const fits = seconds(short) < seconds(long) && (window === undefined || seconds(long) < seconds(window))
    if (!fits) problems.push({ path: ['burn-rates', index], message: 'expected short < long < the window of the SLO' })
  })
  return problems
}

/** Where the shares of bad events are read. */
export const budgetSources = ['sloth', 'pyrra', 'queries', 'service'] as const
export type BudgetSource = (typeof budgetSources)[number]

/** The burn limits that hold: those that were set, else the usual ones of the source. */
export function burnLimitsOf(settings: BudgetSettings, source: BudgetSource): BurnLimit[] {
  const windowSeconds = seconds(settings.window ?? '30d')
  const set = settings['burn-rates']?.map(({ long, short, above }) => ({
    longSeconds: seconds(long),
    shortSeconds: seconds(short),
    above,
  }))
  return set ?? (source === 'pyrra' ? pyrraBurnLimits(windowSeconds) : slothBurnLimits(windowSeconds))
}
