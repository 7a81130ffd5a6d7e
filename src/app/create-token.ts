import { installation, type Member, type Permission } from '../core/access.ts'
import type { Actor, ActorId, Scope } from '../core/actor.ts'
import { after, inWords, seconds } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'
import { tokenDigest, tokenText, type Token } from '../core/token.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { knownMember } from './known-member.ts'

const longestSeconds = 366 * 86_400

/** What the new token is for, and how narrow it is to be. */
export interface CreateTokenInput {
  owner?: ActorId
  label: string
  project?: string
  permissions?: Permission[]
  /** A duration, at most 366 days. */
  expiresAfter: string
}

/** A new credential; its text is in this answer and nowhere else. It never allows more than the credential that made it. */
export async function createToken(
  app: App,
  actor: Actor,
  { owner: ownerId = actor.id, label, expiresAfter, ...wanted }: CreateTokenInput,
): Promise<{ token: Token; secret: string }> {
  const lifeSeconds = seconds(expiresAfter)
  if (lifeSeconds < 1 || lifeSeconds > longestSeconds) {
    throw new Refusal('invalid', `expected a life of at most ${inWords(longestSeconds)}, found ${expiresAfter}`)
  }
  const scope = narrowed(actor.scope ?? {}, wanted)
  const secret = tokenText(app.randomBytes(32))
  return app.store.transaction(async (tx) => {
    const owner = await tx.members.find(ownerId)
    if (!mayMakeOwn(actor, owner)) {
      // A person's token answers promotions in their name, so a project's admin may make tokens for machines only.
      const project = owner?.kind === 'machine' ? (scope.project ?? null) : null
      await demand(app, tx, actor, 'token.edit', project === null ? installation : { project, environment: null })
    }
    if ((await knownMember(tx, ownerId)).disabled) throw new Refusal('conflict', `${ownerId} is disabled`)
    const token: Token = {
      id: app.newId(),
      secretDigest: tokenDigest(secret),
      owner: ownerId,
      label,
      scope,
      createdAt: tx.now,
      expiresAt: after(tx.now, lifeSeconds),
      revokedAt: null,
    }
    await tx.tokens.add(token)
    const data = { owner: ownerId, label, scope, expiresAt: token.expiresAt.toISOString() }
    await tx.log({ type: 'token.created', actor: actor.id, project: scope.project ?? null, subject: token.id, data })
    return { token, secret }
  })
}

/** People may make tokens for themselves, unless the one they use now is itself narrowed. */
function mayMakeOwn({ id, kind, scope }: Actor, owner: Member | null): boolean {
  return owner?.id === id && kind === 'human' && scope?.project === undefined && scope?.permissions === undefined
}

function narrowed(
  scope: Scope,
  { project = scope.project, permissions = scope.permissions as Permission[] }: Partial<CreateTokenInput>,
): Scope {
  const wider =
    (scope.project !== undefined && scope.project !== project) ||
    (scope.permissions !== undefined && permissions.some((one) => !scope.permissions?.includes(one)))
  if (wider) {
    throw new Refusal('forbidden', 'a token cannot make one that allows more than itself', { reason: 'scope_exceeded' })
  }
  return { ...(project !== undefined && { project }), ...(permissions !== undefined && { permissions }) }
}
