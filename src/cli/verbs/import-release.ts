import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { looksLikeImage, readImage } from '../../core/image.ts'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { digestOfFile } from '../digest-of-file.ts'
import { readGiven } from '../read-given.ts'
import { importedText } from '../views/release-view.ts'

/** Hands in files and images that another CI has built, with what it signed about them; they become a release. */
export const importRelease = command({
  arguments: { file: { says: 'the files of the release, and its images as registry/name@sha256:…', many: true } },
  options: {
    bundle: {
      value: 'file',
      says: 'what was signed about them: Sigstore bundles, or a document that holds several; images bring their own',
      many: true,
    },
    version: { value: 'version', says: 'a label; made from commit and digest when absent' },
    repository: { value: 'url', says: 'where its source is; needed when no provenance says so' },
    commit: { value: 'id', says: 'the commit it was built from; needed when no provenance says so' },
    branch: { value: 'name', says: 'the branch it was built from' },
  },
  async run(context, { file: given, bundle: named, version, repository, commit, branch }) {
    const project = await context.project()
    const { folder } = context
    const images = given.filter(looksLikeImage)
    for (const image of images) readImage(image)
    if (images.length === 0 && !named)
      throw new Refusal('invalid', 'expected --bundle, found none', { reason: 'usage' })
    const bundles: string[] = []
    for (const name of named ?? []) {
      bundles.push(await readGiven({ what: 'a bundle', name, folder }, (file) => readFile(file, 'utf8')))
    }
    const artifacts = []
    for (const name of given.filter((each) => !images.includes(each))) {
      const artifact = await readGiven({ what: 'a file', name, folder }, async (file) => {
        return { name: basename(file), digest: await digestOfFile(file), file }
      })
      artifacts.push(artifact)
    }
    for (const { file, digest } of artifacts) {
      context.say(`sending ${basename(file)} ${digest}`)
      await context.ask((client) => client.upload({ project, digest, file }))
    }
    const input = {
      project,
      artifacts: artifacts.map(({ name, digest }) => ({ name, digest })),
      images,
      bundles,
      ...(version !== undefined && { version }),
      ...(repository !== undefined && { repository }),
      ...(commit !== undefined && { commit }),
      ...(branch !== undefined && { branch }),
    }
    const release = await context.ask((client) => client.importRelease(input))
    if (version !== undefined && release.version !== version) {
      context.say(`it is here already, as ${release.version}, and keeps that name; ${version} names nothing`)
    }
    context.show(release, importedText)
  },
})
