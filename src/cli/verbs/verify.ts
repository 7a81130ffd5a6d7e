import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { TrustedKey } from '../../core/attestation.ts'
import { digest, type Digest } from '../../core/digest.ts'
import { looksLikeImage, readImage } from '../../core/image.ts'
import { Refusal } from '../../core/refusal.ts'
import { bundleEnding, readBundleFile, readKeyFile, releaseFiles } from '../../core/release-export.ts'
import { verifyBundle, type BundleVerifier } from '../../core/verify-bundle.ts'
import { verifyChain } from '../../core/verify-chain.ts'
import { command } from '../command.ts'
import { digestOfFile } from '../digest-of-file.ts'
import { exitCodes } from '../exit-code.ts'
import { readGiven } from '../read-given.ts'
import { chainText } from '../views/chain-view.ts'

/** Checks the whole way of a file, from its bytes over the gates of an environment back to its source, without any server. */
export const verify = command({
  arguments: { file: { says: 'a file, an image as registry/name@sha256:…, or the digest of either' } },
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
    const { folder } = context
    // What cannot be read is not proven: scripts must not take it for anything else.
    const named = (what: string, name: string) => ({ what, name, folder, code: 'unprocessable' as const })
    const artifact = await readGiven(named('a file', file), (path) => artifactOf(path, file))
    const bundles = (await Promise.all(paths.map((path) => readGiven(named('bundles', path), bundlesAt)))).flat()
    if (bundles.length === 0) {
      throw new Refusal(
        'unprocessable',
        `expected bundles in ${paths.join(', ')}; found no file that ends with ${bundleEnding}`,
      )
    }
    const keys = await readGiven(named('keys', keyPath ?? keysBeside(paths, folder)), keysIn)
    // Another project may have weaker gates for an environment of the same name.
    const project = await context.project()
    // Certificates take a library that is slow to load.
    const checks = keys.some(({ identity }) => identity !== null) ? await context.parts.bundleVerifier() : byKeys
    const verdict = verifyChain({ artifact, environment, project, verifier, bundles, keys, verify: checks })
    context.show({ artifact, environment, keysGiven: keyPath !== undefined, ...verdict }, chainText)
    return verdict.ok ? exitCodes.ok : exitCodes.failed
  },
})

const byKeys: BundleVerifier = (bundle, keys, storedAt) => verifyBundle(bundle, keys, { storedAt })

async function artifactOf(path: string, given: string): Promise<{ name: string; digest: Digest }> {
  const named = digest.safeParse(given)
  if (named.success) return { name: given, digest: named.data }
  if (looksLikeImage(given)) return { name: given, digest: readImage(given).digest }
  return { name: basename(path), digest: await digestOfFile(path) }
}

async function bundlesAt(path: string): Promise<unknown[]> {
  if (!(await stat(path)).isDirectory()) return [readBundleFile(await readFile(path), path)]
  const inside = await readdir(path)
  if (inside.includes(releaseFiles.bundles)) return bundlesAt(join(path, releaseFiles.bundles))
  const files = inside.filter((name) => name.endsWith(bundleEnding)).map((name) => join(path, name))
  return Promise.all(files.map(async (file) => readBundleFile(await readFile(file), file)))
}

/** The file of those that came along with the bundles: as good as the way they came. */
function keysBeside(paths: string[], folder: string): string {
  const found = paths.map((path) => resolve(folder, path, releaseFiles.keys)).find((file) => existsSync(file))
  if (found !== undefined) return found
  throw new Refusal('invalid', `expected --keys, or ${releaseFiles.keys} in a folder of bundles; found neither`, {
    reason: 'usage',
  })
}

async function keysIn(file: string): Promise<TrustedKey[]> {
  return readKeyFile(await readFile(file), file)
}
