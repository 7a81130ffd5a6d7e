import type { App } from './app.ts'

/** Secrets in plain text, for whatever sends them on, and nothing else. */
export interface OpenedSecrets {
  /** By name. */
  secrets: Record<string, string>
  now: Date
}

/** Opens secrets of a project by name; refuses with `not_found` naming each that is missing. */
export async function openSecrets(
  { store, secretBox }: Pick<App, 'store' | 'secretBox'>,
  project: string,
  names: string[],
): Promise<OpenedSecrets> {
  const { sealed, now } = await store.read(async (tx) => ({
    sealed: await tx.secrets.sealed(project, [...new Set(names)]),
    now: tx.now,
  }))
  const secrets = Object.entries(sealed).map(([name, bytes]) => [name, secretBox.open(bytes, `${project}/${name}`)])
  return { secrets: Object.fromEntries(secrets), now }
}
