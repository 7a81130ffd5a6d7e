import { command } from '../command.ts'
import { membersText } from '../views/people-view.ts'

/** Lists everyone with their roles. */
export const listMembers = command({
  async run(context) {
    context.show(await context.ask((client) => client.listMembers({})), membersText)
  },
})

/** Adds someone, or changes what is known about them. */
export const addMember = command({
  arguments: { subject: { says: 'a short name such as ana' } },
  options: {
    name: { value: 'name', says: 'for people to read' },
    email: { value: 'address', many: true, says: 'an address in their commits; may be given several times' },
    machine: { says: 'not a person: never counts as an approver' },
  },
  async run(context, { subject, name = subject, email, machine }) {
    const member = { subject, kind: machine ? 'machine' : 'human', name, ...(email && { emails: email }) } as const
    const answer = await context.ask((client) => client.saveMember(member))
    context.show(answer, ({ id }) => `${id} is a member; give a role with: lockflight grants add ${id} <role>`)
  },
})

/** Ends every right and token of someone. */
export const disableMember = command({
  arguments: { actor: { says: 'such as ana@local' } },
  async run(context, { actor }) {
    context.show(await context.ask((client) => client.disableMember({ actor })), ({ id }) => `${id} is disabled`)
  },
})
