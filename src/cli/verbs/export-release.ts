import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { bundleFile, releaseFiles, releaseReadme } from '../../core/release-export.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Client } from '../../client.ts'
import type { Answer } from '../answer.ts'
import { command } from '../command.ts'
import { digestOfFile } from '../digest-of-file.ts'
import { intoNewFolder } from '../into-new-folder.ts'

/** Copies what was signed about a release into a new folder, with the keys: all that `lockflight verify` needs. */
export const exportRelease = command({
  arguments: { release: { says: 'a version or digest' }, folder: { says: 'a new one' } },
  options: { files: { says: 'the files of the release too' } },
  async run(context, { release: name, folder: given, files }) {
    const folder = resolve(context.folder, given)
    const project = await context.project()
    // Not what is made safe to print: signatures cover every byte.
    const client = await context.client()
    const [release, keys] = await Promise.all([client.getRelease({ project, release: name }), client.listKeys({})])
    await intoNewFolder(folder, async (draft) => {
      await mkdir(join(draft, releaseFiles.bundles))
      for (const { bundle } of release.attestations) {
        const file = bundleFile(bundle)
        await writeFile(join(draft, releaseFiles.bundles, file.name), file.text)
      }
      if (files) await writeFiles(client, release, join(draft, releaseFiles.files))
      await writeFile(join(draft, releaseFiles.keys), `${JSON.stringify(keys, null, 2)}\n`)
      await writeFile(join(draft, releaseFiles.readme), releaseReadme(release))
    })
    const { digest, version, attestations } = release
    const exported = { folder, release: digest, version, bundles: attestations.length }
    context.show(
      exported,
      ({ bundles }) =>
        `exported ${bundles} signed statements; check a file with: lockflight verify FILE --project ${project} --env … --bundles ${given}`,
    )
  },
})

/** Of an image there is only its manifest here: whoever wants the image has it from its registry. */
async function writeFiles(
  client: Client,
  { project, digest, artifacts }: Answer<'getRelease'>,
  folder: string,
): Promise<void> {
  await mkdir(folder)
  for (const artifact of artifacts.filter(({ image }) => image === undefined)) {
    const file = join(folder, artifact.name)
    await client.download({ project, release: digest, name: artifact.name, file })
    const found = await digestOfFile(file)
    if (found === artifact.digest) continue
    throw new Refusal('unprocessable', `expected ${artifact.name} with ${artifact.digest}; the server sent ${found}`)
  }
}
