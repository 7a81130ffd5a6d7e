import { z } from 'zod'
import type { AnyBundle, TrustedKey } from './attestation.ts'
import { canonical, digestOf, type Digest } from './digest.ts'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

/** What an exported release consists of, by name. */
export const releaseFiles = { bundles: 'bundles', files: 'files', keys: 'keys.json', readme: 'README.md' } as const

/** How the name of every bundle's file ends. */
export const bundleEnding = '.sigstore.json'

const time = z.iso.datetime().transform((text) => new Date(text))

const keyFile = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      publicKey: z.string().nullable(),
      identity: z
        .strictObject({ identity: z.string(), issuer: z.string(), root: z.record(z.string(), z.unknown()) })
        .nullable()
        .default(null),
      purpose: z.enum(['provenance', 'log']),
      createdAt: time,
      validUntil: time.nullable().default(null),
      revokedAt: time.nullable(),
      revokedFrom: time.nullable().default(null),
    }),
  ),
})

/** Reads what `lockflight keys --json` prints; refuses anything else, naming the file. */
export function readKeyFile(source: Uint8Array, file: string): TrustedKey[] {
  const read = keyFile.safeParse(parsed(source, file))
  if (read.success) return read.data.items
  const problem = z.prettifyError(read.error)
  throw new Refusal('unprocessable', `expected keys as \`lockflight keys --json\` prints them in ${file}: ${problem}`)
}

/** Reads any bundle as JSON, strictly; refuses what is none, naming the file. */
export function readBundleFile(source: Uint8Array, file: string): unknown {
  return parsed(source, file)
}

function parsed(source: Uint8Array, file: string): unknown {
  try {
    return parseStrictJson(source)
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    throw new Refusal('unprocessable', `${file}: ${cause.message}`, { reason: cause.reason, cause })
  }
}

/** A bundle's file: its name is the SHA-256 of its bytes. */
export function bundleFile(bundle: AnyBundle): { name: string; text: string } {
  const text = canonical(bundle)
  return { name: `${digestOf(text).slice('sha256:'.length)}${bundleEnding}`, text }
}

/** The text that goes with an export: what it is and how to check it. */
export function releaseReadme(release: {
  project: string
  version: string
  digest: Digest
  artifacts: { name: string; digest: Digest; image?: string }[]
  attestations: { digest: Digest; predicateType: string | null }[]
}): string {
  const { project, version, digest, artifacts, attestations } = release
  const [first] = artifacts
  const named = first?.image === undefined ? (first?.name ?? 'FILE') : `${first.image}@${first.digest}`
  const call = `lockflight verify ${named} --project ${project} --env prod --bundles .`
  return `# What was signed about release ${version} of ${project}

\`${digest}\`

${artifacts.map(({ name, digest: bytes, image }) => `- \`${image ?? name}\` \`${bytes}\``).join('\n')}

- \`${releaseFiles.keys}\`: the public keys of the installation that signed, as \`lockflight keys --json\` prints them.
- \`${releaseFiles.bundles}/\`: Sigstore bundles, each named by the SHA-256 of its bytes:

${attestations.map((one) => `  - \`${one.digest.slice('sha256:'.length)}\` ${one.predicateType ?? 'a signature of an artifact'}`).join('\n')}

Check a file or image anywhere, without a server:

    ${call}

Whoever can forge this folder can also forge the keys in it. So give the keys that you got another way:

    ${call} --keys kept.json
`
}
