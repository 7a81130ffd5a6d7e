import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactStore } from '../core/artifacts.ts'
import type { DeployRequest } from '../core/deployer.ts'
import { Refusal } from '../core/refusal.ts'

type Release = DeployRequest['release']

/** Copies artifacts of a release out of the store, by digest, unless the folder has them already. Refuses with `not_found` a name the release does not have. */
export async function fetchArtifacts(
  store: ArtifactStore,
  release: Release,
  { names, folder }: { names: string[]; folder: string },
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of names) {
    const { digest } = artifactOf(release, name)
    const file = join(folder, name)
    if (await exists(file)) continue
    // Two callers may be here at once, and a crash may leave half a copy: only a whole one gets the name.
    const draft = join(folder, `.${randomUUID()}`)
    try {
      await store.copyTo(digest, draft)
      await rename(draft, file)
    } catch (error) {
      throw withName(error, name, release)
    } finally {
      await rm(draft, { force: true })
    }
  }
}

/** The store knows a digest; people know a name. */
function withName(error: unknown, name: string, { version }: Release): unknown {
  if (!(error instanceof Refusal)) return error
  const { code, message, reason } = error
  return new Refusal(code, `${name} of release ${version}: ${message}`, { reason, cause: error })
}

/** The path of a copied artifact, after its bytes were checked once more where they are used (A03, I07). */
export async function checkedArtifact(release: Release, name: string, folder: string): Promise<string> {
  const { digest } = artifactOf(release, name)
  const file = join(folder, name)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  const found = `sha256:${hash.digest('hex')}`
  if (found !== digest) {
    throw new Refusal(
      'unprocessable',
      `artifact ${name} of release ${release.version} is ${digest}, found bytes of ${found}; nothing was deployed`,
      {
        reason: 'artifact_changed',
      },
    )
  }
  return file
}

function artifactOf({ version, artifacts }: Release, name: string): Release['artifacts'][number] {
  const artifact = artifacts.find((each) => each.name === name)
  if (artifact) return artifact
  const names = artifacts.map((each) => each.name).join(', ') || 'none'
  throw new Refusal('not_found', `release ${version} has no artifact ${name}; it has ${names}`)
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
