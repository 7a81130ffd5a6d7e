import type { Actor, ActorId } from './actor.ts'
import type { Digest } from './digest.ts'

/** Everything that can be allowed; a route names exactly one. */
export const permissions = [
  'project.read',
  'policy.edit',
  'run.start',
  'run.cancel',
  'evidence.add',
  'release.import',
  'promotion.request',
  'promotion.hotfix',
  'promotion.approve',
  'promotion.cancel',
  'gate.override',
  'release.quarantine',
  'rollback.request',
  'environment.hold',
  'secret.edit',
  'member.edit',
  'token.edit',
  'key.edit',
  'log.read',
] as const
export type Permission = (typeof permissions)[number]

/** What someone can be granted; what each role allows is policy, in src/access. */
export const roles = ['viewer', 'developer', 'approver', 'operator', 'admin', 'auditor'] as const
export type Role = (typeof roles)[number]

/** What a permission is asked for: a project, one environment of it, or the whole installation (both null). */
export interface Resource {
  project: string | null
  environment: string | null
}

/** The whole installation, as a thing to ask permissions for. */
export const installation: Resource = { project: null, environment: null }

/** One role someone has; a null project means all of them, a null environment all of the project's. */
export interface Grant {
  actor: ActorId
  role: Role
  project: string | null
  environment: string | null
}

/** A person or machine known here. */
export interface Member {
  id: ActorId
  kind: 'human' | 'machine'
  name: string
  /** Lower-case addresses that commits of this person carry; they can exclude from approving, and never allow anything. */
  emails: string[]
  disabled: boolean
  createdAt: Date
}

/** Who may do what; everything not allowed is denied. */
export interface Access {
  /** Pure and synchronous, so that it can be asked inside a transaction with the grants read there. */
  allows(actor: Actor, permission: Permission, resource: Resource, grants: Grant[]): boolean
}

/** Members, their grants and groups. */
export interface Members {
  find(id: ActorId): Promise<Member | null>
  byEmail(email: string): Promise<Member | null>
  /** The owner of the token whose secret text has that digest, whatever became of the token. */
  byToken(secretDigest: Digest): Promise<Member | null>
  list(): Promise<Member[]>
  save(member: Member): Promise<void>
  grantsOf(id: ActorId): Promise<Grant[]>
  grants(project: string | null): Promise<Grant[]>
  /** Both return whether anything changed. */
  grant(grant: Grant): Promise<boolean>
  revoke(grant: Grant): Promise<boolean>
  group(project: string, name: string): Promise<ActorId[]>
  groups(project: string): Promise<{ name: string; members: ActorId[] }[]>
  joinGroup(project: string, name: string, id: ActorId): Promise<boolean>
  leaveGroup(project: string, name: string, id: ActorId): Promise<boolean>
}
