import { join } from 'node:path'

const below = [
  '.lockflight',
  '.ssh',
  '.gnupg',
  '.netrc',
  '.git-credentials',
  '.config/git/credentials',
  '.config/gh',
  '.config/glab-cli',
  '.config/gcloud',
  '.config/containers/auth.json',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.npmrc',
  '.yarnrc.yml',
  '.pypirc',
  '.m2/settings.xml',
  '.gradle/gradle.properties',
  '.cargo/credentials.toml',
  '.vault-token',
  '.pgpass',
]

/** Where programs keep what lets them act as this user elsewhere. Lockflight fetches repositories with some of it, and a job, which has a home folder of its own, has no use for any. */
export function credentialPlaces(userFolder: string): string[] {
  return below.map((path) => join(userFolder, path))
}
