import { command } from '../command.ts'
import { promotionNamed, whichPromotion } from '../which-promotion.ts'
import { limit, wholeNumber } from '../whole-number.ts'
import { overridesCsv, overridesText, overrideText } from '../views/overrides-view.ts'

const views = { text: overridesText, csv: overridesCsv }

/** Asks to let a promotion past a gate. */
export const override = command({
  arguments: whichPromotion.arguments,
  options: {
    ...whichPromotion.options,
    gate: { value: 'id', says: 'which gate', required: true },
    reason: { value: 'text', says: 'why', required: true },
    risk: { value: 'text', says: 'what can go wrong, which you accept', required: true },
    expires: { value: 'duration', says: 'how long it counts at most', default: '4h' },
  },
  async run(context, { promotion, to, gate, reason, risk, expires: expiresAfter }) {
    const project = await context.project()
    const id = await promotionNamed(context, { project, promotion, to })
    const request = { project, id, gate, reason, risk, expiresAfter }
    context.show(await context.ask((client) => client.requestOverride(request)), overrideText)
  },
})

/** Confirms what someone else asked for. */
export const confirmOverride = command({
  arguments: { override: { says: 'its id' } },
  async run(context, { override: id }) {
    const project = await context.project()
    context.show(await context.ask((client) => client.confirmOverride({ project, override: id })), overrideText)
  },
})

/** Takes one back before it was used. */
export const withdrawOverride = command({
  arguments: { override: { says: 'its id' } },
  options: { reason: { value: 'text', says: 'why', required: true } },
  async run(context, { override: id, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.withdrawOverride({ project, override: id, reason }))
    context.show(answer, ({ gate, promotion }) => `${gate} counts again; see: lockflight why ${promotion}`)
  },
})

/** Lists what was let past, newest first, for people or a spreadsheet. */
export const listOverrides = command({
  options: {
    limit,
    env: { value: 'environment', says: 'only there' },
    promotion: { value: 'id', says: 'only of this one' },
    format: { value: 'format', choices: ['text', 'csv'], says: 'how to write them', default: 'text' },
  },
  async run(context, { limit: most, env, promotion, format }) {
    const query = {
      project: await context.project(),
      limit: wholeNumber('--limit', most),
      ...(env && { environment: env }),
      ...(promotion && { promotion }),
    }
    context.show(await context.ask((client) => client.listOverrides(query)), views[format])
  },
})
