import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { TrustedKey } from '../../core/attestation.ts'
import { digest, type Digest } from '../../core/digest.ts'
import { Refusal } from '../../core/refusal.ts'
import { bundleEnding, readBundleFile, readKeyFile, releaseFiles } from '../../core/release-export.ts'
import { verifyChain } from '../../core/verify-chain.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-code.ts'
import { chainText } from '../views/chain-view.ts'

/** Checks the whole way of a file, from its bytes over the gates of an environment back to its source, without any server. */
export const verify = command({
  arguments: { file: { says: 'a file, or the digest of an image: sha256:…' } },
  options: {
    env: { value: 'environment', says: 'whose gates it must have passed', required: true },
    bundles: {
      value: 'path',
      many: true,
      says: 'a bundle, a folder of them, or what `lockflight release export` wrote',
    },
    keys: { value: 'path', says: 'keys that you got another way, as `lockflight keys --json` prints them' },
    verifier: { value: 'uri', says: 'the installation whose word counts; any whose key is given when absent' },
  },
  async run(context, { file, env: environment, bundles: paths = [], keys: keyPath, verifier }) {
    if (paths.length === 0) throw new Refusal('invalid', 'expected --bundles, found none', { reason: 'usage' })
    const artifact = await artifactOf(context, file)
    const folders = paths.map((path) => resolve(context.folder, path))
    const bundles = (await Promise.all(folders.map(bundlesAt))).flat()
    const keys = keyPath === undefined ? await keysBeside(folders) : await keysIn(resolve(context.folder, keyPath))
    // Another project may have weaker gates for an environment of the same name.
    const project = await context.project()
    const verdict = verifyChain({ artifact, environment, project, verifier, bundles, keys })
    context.show({ artifact, environment, keysGiven: keyPath !== undefined, ...verdict }, chainText)
    return verdict.ok ? exitCodes.ok : exitCodes.failed
  },
})

async function artifactOf({ folder }: Context, given: string): Promise<{ name: string; digest: Digest }> {
  const named = digest.safeParse(given)
  if (named.success) return { name: given, digest: named.data }
  const hash = createHash('sha256')
  await expected('a file', async () => {
    for await (const block of createReadStream(resolve(folder, given))) hash.update(block as Buffer)
  })
  return { name: basename(given), digest: `sha256:${hash.digest('hex')}` }
}

async function bundlesAt(path: string): Promise<unknown[]> {
  const isFolder = await expected('bundles', async () => (await stat(path)).isDirectory())
  if (!isFolder) return [readBundleFile(await readFile(path), path)]
  const inside = await readdir(path)
  if (inside.includes(releaseFiles.bundles)) return bundlesAt(join(path, releaseFiles.bundles))
  const files = inside.filter((name) => name.endsWith(bundleEnding)).map((name) => join(path, name))
  return Promise.all(files.map(async (file) => readBundleFile(await readFile(file), file)))
}

/** Those that came along with the bundles: as good as the way they came. */
async function keysBeside(folders: string[]): Promise<TrustedKey[]> {
  const files = await Promise.all(folders.map(async (folder) => join(folder, releaseFiles.keys)))
  const found = await Promise.all(
    files.map((file) =>
      stat(file).then(
        () => [file],
        () => [],
      ),
    ),
  )
  const [first] = found.flat()
  if (first !== undefined) return keysIn(first)
  throw new Refusal('invalid', `expected --keys, or ${releaseFiles.keys} beside the bundles; found neither`, {
    reason: 'usage',
  })
}

async function keysIn(file: string): Promise<TrustedKey[]> {
  return readKeyFile(await expected('keys', () => readFile(file)), file)
}

async function expected<Found>(what: string, read: () => Promise<Found>): Promise<Found> {
  try {
    return await read()
  } catch (cause) {
    throw new Refusal('unprocessable', `expected ${what}: ${(cause as Error).message}`, { cause })
  }
}
