import { Refusal } from '../core/refusal.ts'
import type { RegistryAccess, RegistrySettings } from '../core/registry.ts'
import type { App } from './app.ts'
import { openSecrets } from './open-secrets.ts'

/** What the configuration in force says of a registry; null when it says nothing, and then nobody may ask it. */
export async function registrySettings(
  { store }: Pick<App, 'store'>,
  project: string,
  registry: string,
): Promise<RegistrySettings | null> {
  const { configuration } = await store.read((tx) => tx.revisions.current(project))
  const { registries = {} } = configuration
  return (Object.hasOwn(registries, registry) ? registries[registry] : undefined) ?? null
}

/** One registry as a project may ask it; refuses with `unprocessable` when its configuration does not name it. */
export async function registryAccess(
  app: Pick<App, 'store' | 'secretBox'>,
  project: string,
  registry: string,
): Promise<RegistryAccess> {
  const settings = await registrySettings(app, project, registry)
  if (!settings) {
    const remedy = `add \`registries: { '${registry}': {} }\` to lockflight.yaml, and: lockflight apply`
    throw new Refusal('unprocessable', `${project} may not ask the registry ${registry}; ${remedy}`, {
      reason: 'registry.closed',
    })
  }
  const { username, password, storage } = settings
  const given = { tokenServer: settings['token-server'] ?? null, storage }
  if (username === undefined || password === undefined) return { credentials: null, ...given }
  const { secrets } = await openSecrets(app, project, [password])
  return { credentials: { username, password: secrets[password] ?? '' }, ...given }
}
