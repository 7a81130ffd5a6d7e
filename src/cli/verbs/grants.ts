import { roles, type Role } from '../../core/access.ts'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { grantText } from '../views/people-view.ts'

const takes = {
  arguments: { actor: { says: 'such as ana@local' }, role: { says: `one of ${roles.join(', ')}` } },
  options: { env: { value: 'environment', says: 'only there' }, everywhere: { says: 'in all projects' } },
} as const

/** Gives someone a role, in this project unless told otherwise. */
export const addGrant = command({
  ...takes,
  async run(context, input) {
    const grant = await grantOf(context, input)
    const answer = await context.ask((client) => client.addGrant(grant))
    context.show(answer, ({ changed }) => `${grant.actor} ${changed ? 'now has' : 'already had'} ${grantText(grant)}`)
  },
})

/** Takes a role away. */
export const removeGrant = command({
  ...takes,
  async run(context, input) {
    const grant = await grantOf(context, input)
    const answer = await context.ask((client) => client.removeGrant(grant))
    context.show(
      answer,
      ({ changed }) => `${grant.actor} ${changed ? 'no longer has' : 'never had'} ${grantText(grant)}`,
    )
  },
})

interface GrantInput {
  actor: string
  role: string
  env: string | undefined
  everywhere: boolean
}

async function grantOf(context: Context, { actor, role, env, everywhere }: GrantInput) {
  if (!isRole(role)) throw new Refusal('invalid', `expected one of ${roles.join(', ')}; found ${role}`)
  if (everywhere && env !== undefined) throw new Refusal('invalid', 'expected --env or --everywhere; found both')
  return { actor, role, project: everywhere ? null : await context.project(), environment: env ?? null }
}

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text)
}
