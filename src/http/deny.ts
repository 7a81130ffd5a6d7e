import type { App } from '../app/app.ts'
import type { Actor } from '../core/actor.ts'
import { slug } from '../core/names.ts'
import { Refusal } from '../core/refusal.ts'

/** What someone tried that they may not. */
export interface Attempt {
  actor: Actor
  /** The endpoint, or what stands for one where there is none. */
  endpoint: string
  permission: string
  /** As far as it could be read. */
  input: Record<string, unknown>
}

/** Puts one entry into the log for a refusal that is about rights: `forbidden`, or a project that the caller may not know of. Other errors pass by. */
export async function recordDenial(app: App, attempt: Attempt, error: unknown): Promise<void> {
  if (!(error instanceof Refusal)) return
  if (error.code !== 'forbidden' && error.reason !== 'project_unknown') return
  const { actor, endpoint, permission, input } = attempt
  const { project, environment } = input
  await app.store.transaction((tx) =>
    tx.log({
      type: 'access.denied',
      actor: actor.id,
      project: nameOrNull(project),
      environment: nameOrNull(environment),
      subject: endpoint,
      data: { permission, code: error.code, reason: error.reason, ...idOf(input) },
    }),
  )
}

function nameOrNull(value: unknown): string | null {
  return slug.safeParse(value).data ?? null
}

function idOf({ id }: Record<string, unknown>): { id?: string } {
  return typeof id === 'string' ? { id } : {}
}
