import { command } from '../command.ts'
import { planText } from '../views/plan-view.ts'

/** Shows the whole way of a release as it would go now. */
export const plan = command({
  arguments: { release: { says: 'a version or digest' } },
  async run(context, { release }) {
    const project = await context.project()
    context.show(await context.ask((client) => client.planRelease({ project, release })), planText)
  },
})
