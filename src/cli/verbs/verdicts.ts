import { verdict } from '../../core/gate.ts'
import { command } from '../command.ts'
import { momentBefore } from '../moment-before.ts'
import { limit, wholeNumber } from '../whole-number.ts'
import { verdictsCsv, verdictsJunit, verdictsText } from '../views/verdicts-view.ts'

const views = { text: verdictsText, csv: verdictsCsv, junit: verdictsJunit }

/** Lists what gates said. */
export const verdicts = command({
  options: {
    limit,
    env: { value: 'environment', says: 'only there' },
    gate: { value: 'id', says: 'only of this gate' },
    outcome: { value: 'outcome', choices: verdict.shape.outcome.options, says: 'only these' },
    promotion: { value: 'id', says: 'only about this one' },
    release: { value: 'release', says: 'only about this one' },
    since: { value: 'time', says: 'a length of time such as 7d, or a date' },
    format: { value: 'format', choices: ['text', 'csv', 'junit'], says: 'how to write them', default: 'text' },
  },
  async run(context, { limit: most, env, gate, outcome, promotion, release, since, format }) {
    const query = {
      project: await context.project(),
      ...(env && { environment: env }),
      ...(gate && { gate }),
      ...(outcome && { outcome }),
      ...(promotion && { promotion }),
      ...(release && { release }),
      ...(since && { since: momentBefore('--since', since, context.look.now).toISOString() }),
    }
    let left = wholeNumber('--limit', most)
    const first = await context.ask((client) => client.listVerdicts({ ...query, limit: Math.min(left, 200) }))
    const answer = { ...first, items: [...first.items] }
    while (answer.next !== null && (left = wholeNumber('--limit', most) - answer.items.length) > 0) {
      const { next: cursor } = answer
      const page = await context.ask((client) => client.listVerdicts({ ...query, limit: Math.min(left, 200), cursor }))
      answer.items.push(...page.items)
      answer.next = page.next
    }
    context.show(answer, views[format])
  },
})
