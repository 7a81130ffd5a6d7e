import type { Context } from './context.ts'

/** Of an environment's definition, what says how promotions to it go on. */
interface Definition {
  after?: string[]
  gates?: { id?: string; use: string }[]
}

/** The environments of a project, as the configuration in force defines them. */
export async function environmentsOf(context: Context, project: string): Promise<Record<string, Definition>> {
  const { configuration } = await context.ask((client) => client.getProject({ project }))
  return (configuration as { environments?: Record<string, Definition> }).environments ?? {}
}
