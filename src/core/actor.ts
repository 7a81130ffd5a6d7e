/** Who someone is: `subject@issuer`, split at the last `@`. Never a display name, never an e-mail address. */
export type ActorId = string

/** Who is asking, as proven by their credentials. */
export interface Actor {
  id: ActorId
  kind: 'human' | 'machine' | 'system'
  /** For people to read; decides nothing. */
  name: string
  /** What the credential is narrowed to; a token never grants more than its owner has. */
  scope?: Scope
}

/** The limits of one token: absent means not narrowed. */
export interface Scope {
  project?: string
  permissions?: string[]
}

/** Joins the two parts that identify someone. */
export function actorId(subject: string, issuer: string): ActorId {
  return `${subject}@${issuer}`
}

/** Lockflight acting by itself: automatic promotions and rollbacks. Never counts as an approver. */
export const lockflight: Actor = { id: actorId('lockflight', 'system'), kind: 'system', name: 'lockflight' }
