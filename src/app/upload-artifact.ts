import type { Actor } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import type { Upload } from '../core/upload.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** A file on its way in. */
export interface UploadInput {
  project: string
  /** What it must be; other bytes are refused. */
  digest: Digest
  bytes: AsyncIterable<Uint8Array>
}

/** Takes a file in that a release of the project can be made of; the same file again changes nothing. */
export async function uploadArtifact(app: App, actor: Actor, { project, digest, bytes }: UploadInput): Promise<Upload> {
  const place = { project, environment: null }
  await app.store.read(async (tx) => {
    await demand(app, tx, actor, 'release.import', place)
    await tx.revisions.current(project)
  })
  const { sizeBytes } = await app.artifacts.putStream(bytes, digest)
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'release.import', place)
    const upload = { project, digest, sizeBytes, by: actor.id, at: tx.now }
    if (await tx.uploads.add(upload)) {
      await tx.log({
        type: 'artifact.uploaded',
        actor: actor.id,
        project,
        subject: digest,
        data: { digest, sizeBytes },
      })
    }
    return upload
  })
}
