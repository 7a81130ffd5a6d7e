import { command } from '../command.ts'
import { statusText } from '../views/status-view.ts'

/** Shows every environment and the newest releases. */
export const status = command({
  async run(context) {
    const project = await context.project()
    context.show(await context.ask((client) => client.getStatus({ project })), statusText)
  },
})
