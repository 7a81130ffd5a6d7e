import { command } from '../command.ts'
import { ago } from '../look.ts'
import { readHidden } from '../prompt.ts'
import { table } from '../table.ts'

const which = { name: { says: 'the variable that jobs get it as' } }

/** Lists names; nothing shows a value again. */
export const listSecrets = command({
  async run(context) {
    const project = await context.project()
    context.show(await context.ask((client) => client.listSecrets({ project })), ({ items }, { now }) =>
      items.length === 0 ? 'no secrets' : table(items.map(({ name, setAt }) => [name, `set ${ago(setAt, now)} ago`])),
    )
  },
})

/** Sets a value; it comes from standard input, so that it is in no process list and no shell history. */
export const setSecret = command({
  arguments: which,
  async run(context, { name }) {
    const project = await context.project()
    const value = await readHidden(`the value of ${name}`)
    context.show(await context.ask((client) => client.setSecret({ project, name, value })), () => `${name} is set`)
  },
})

/** Removes a value. */
export const removeSecret = command({
  arguments: which,
  async run(context, { name }) {
    const project = await context.project()
    context.show(await context.ask((client) => client.removeSecret({ project, name })), () => `${name} is removed`)
  },
})
