import { command } from '../command.ts'
import { groupsText } from '../views/people-view.ts'

const whoAndWhere = { group: { says: 'its name' }, actor: { says: 'such as ana@local' } }

/** Lists the project's groups and who is in them. */
export const listGroups = command({
  async run(context) {
    const project = await context.project()
    context.show(await context.ask((client) => client.listGroups({ project })), groupsText)
  },
})

/** Puts someone into a group, which exists from then on. */
export const joinGroup = command({
  arguments: whoAndWhere,
  async run(context, { group, actor }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.joinGroup({ project, group, actor }))
    context.show(answer, ({ changed }) => `${actor} ${changed ? 'is now' : 'was already'} in ${group}`)
  },
})

/** Takes someone out of a group. */
export const leaveGroup = command({
  arguments: whoAndWhere,
  async run(context, { group, actor }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.leaveGroup({ project, group, actor }))
    context.show(answer, ({ changed }) => `${actor} ${changed ? 'is no longer' : 'was not'} in ${group}`)
  },
})
