import { command } from '../command.ts'
import { promotionNamed, whichPromotion } from '../which-promotion.ts'

const { arguments: which, options: where } = whichPromotion
const reasonNeeded = { reason: { value: 'text', says: 'why', required: true } } as const

/** Says yes to a promotion. */
export const approve = command({
  arguments: which,
  options: { ...where, reason: { value: 'text', says: 'why; some environments ask for it' } },
  async run(context, { promotion, to, reason = '' }) {
    const project = await context.project()
    const id = await promotionNamed(context, { project, promotion, to })
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
  options: { ...where, ...reasonNeeded },
  async run(context, { promotion, to, reason }) {
    const project = await context.project()
    const id = await promotionNamed(context, { project, promotion, to })
    const answer = await context.ask((client) => client.answerPromotion({ project, id, decision: 'reject', reason }))
    context.show(answer, ({ by }, { paint }) => `${paint('red', '✗')} ${by} rejected ${id}: ${reason}`)
  },
})

/** Turns a running canary or blue-green deployment back. */
export const abort = command({
  arguments: which,
  options: { ...where, ...reasonNeeded },
  async run(context, { promotion, to, reason }) {
    const project = await context.project()
    const id = await promotionNamed(context, { project, promotion, to })
    const answer = await context.ask((client) => client.abortPromotion({ project, id, reason }))
    context.show(answer, ({ environment }) => `${environment} goes back to what ran before; see: lockflight wait ${id}`)
  },
})

/** Ends a promotion that still waits. */
export const cancel = command({
  arguments: which,
  options: { ...where, reason: { value: 'text', says: 'why', default: 'not needed any more' } },
  async run(context, { promotion, to, reason }) {
    const project = await context.project()
    const id = await promotionNamed(context, { project, promotion, to })
    const answer = await context.ask((client) => client.cancelPromotion({ project, id, reason }))
    context.show(answer, ({ environment, state }) => `the promotion to ${environment} was ${state}`)
  },
})
