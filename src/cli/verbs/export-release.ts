import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { bundleFile, releaseFiles, releaseReadme } from '../../core/release-export.ts'
import { command } from '../command.ts'
import { intoNewFolder } from '../into-new-folder.ts'

/** Copies what was signed about a release into a new folder, with the keys: all that `lockflight verify` needs. */
export const exportRelease = command({
  arguments: { release: { says: 'a version or digest' }, folder: { says: 'a new one' } },
  async run(context, { release: name, folder: given }) {
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
