import { command } from '../command.ts'

const which = { promotion: { says: 'its id' } }
const reasonNeeded = { reason: { value: 'text', says: 'why', required: true } } as const

/** Says yes to a promotion. */
export const approve = command({
  arguments: which,
  options: { reason: { value: 'text', says: 'why; some environments ask for it' } },
  async run(context, { promotion: id, reason = '' }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.answerPromotion({ project, id, decision: 'approve', reason }))
    context.show(
      answer,
      ({ by }, { paint }) => `${paint('green', '✓')} ${by} approved ${id}; see: lockflight why ${id}`,
    )
  },
})

/** Says no to a promotion. */
export const reject = command({
  arguments: which,
  options: reasonNeeded,
  async run(context, { promotion: id, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.answerPromotion({ project, id, decision: 'reject', reason }))
    context.show(answer, ({ by }, { paint }) => `${paint('red', '✗')} ${by} rejected ${id}: ${reason}`)
  },
})

/** Ends a promotion that still waits. */
export const cancel = command({
  arguments: which,
  options: { reason: { value: 'text', says: 'why', default: 'not needed any more' } },
  async run(context, { promotion: id, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.cancelPromotion({ project, id, reason }))
    context.show(answer, ({ environment, state }) => `the promotion to ${environment} was ${state}`)
  },
})
