import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { importedText } from '../views/release-view.ts'

const { createHash } = process.getBuiltinModule('node:crypto')
const { createReadStream, readFileSync } = process.getBuiltinModule('node:fs')
const { basename, resolve } = process.getBuiltinModule('node:path')
const { pipeline } = process.getBuiltinModule('node:stream/promises')

/** Hands in files that another CI has built, with what it signed about them; they become a release. */
export const importRelease = command({
  arguments: { file: { says: 'the files of the release', many: true } },
  options: {
    bundle: {
      value: 'file',
      says: 'what was signed about them: Sigstore bundles, or a document that holds several',
      many: true,
      required: true,
    },
    version: { value: 'version', says: 'a label; made from commit and digest when absent' },
    repository: { value: 'url', says: 'where its source is; needed when no provenance says so' },
    commit: { value: 'id', says: 'the commit it was built from; needed when no provenance says so' },
    branch: { value: 'name', says: 'the branch it was built from' },
  },
  async run(context, { file: files, bundle: named, version, repository, commit, branch }) {
    const project = await context.project()
    const bundles = (named ?? []).map((file) => readBundle(resolve(context.folder, file)))
    const artifacts = []
    for (const each of files) {
      const file = resolve(context.folder, each)
      artifacts.push({ name: basename(file), digest: await digestOfFile(file), file })
    }
    for (const { file, digest } of artifacts) {
      context.say(`sending ${basename(file)} ${digest}`)
      await context.ask((client) => client.upload({ project, digest, file }))
    }
    const input = {
      project,
      artifacts: artifacts.map(({ name, digest }) => ({ name, digest })),
      bundles,
      ...(version !== undefined && { version }),
      ...(repository !== undefined && { repository }),
      ...(commit !== undefined && { commit }),
      ...(branch !== undefined && { branch }),
    }
    context.show(await context.ask((client) => client.importRelease(input)), importedText)
  },
})

function readBundle(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal('invalid', `expected a bundle at ${file}; ${(error as Error).message}`, { cause: error })
  }
}

async function digestOfFile(file: string): Promise<`sha256:${string}`> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(file), hash)
  } catch (error) {
    throw new Refusal('invalid', `expected a file at ${file}; ${(error as Error).message}`, { cause: error })
  }
  return `sha256:${hash.digest('hex')}`
}
