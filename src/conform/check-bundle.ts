import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { admit, readPublicKey } from '../core/admission.ts'
import type { ConformanceCase } from '../core/conformance.ts'
import { digestOf } from '../core/digest.ts'
import type { KnownBytes } from '../core/digest-set.ts'
import { Refusal } from '../core/refusal.ts'
import { readYamlAs } from '../core/read-configuration.ts'
import { factOf, keysOf } from '../trust/facts.ts'
import { readBundle } from '../trust/read-bundle.ts'
import { readTrustedRoot } from '../trust/read-trusted-root.ts'
import { trustSettings } from '../trust/trust-settings.ts'
import { verifySigstore, type ExpectedSigner, type SignedArtifact } from '../trust/verify-sigstore.ts'
import { readBytes, readText } from './read-bytes.ts'

type BundleCase = Extract<ConformanceCase, { check: 'verify-bundle' }>
type ProvenanceCase = Extract<ConformanceCase, { check: 'verify-provenance' }>

/** Verifies a Sigstore bundle as sigstore-conformance asks; without a root, against that of the public good instance which comes along. */
export async function checkBundle(one: BundleCase): Promise<string> {
  const bundle = readBundle(await readBytes(one.bundle))
  const root = readTrustedRoot(await readBytes(one.trustedRoot ?? publicGood))
  const { statement } = verifySigstore({ bundle, root, artifact: await artifactOf(one), signer: await signerOf(one) })
  return statement === null ? '' : `a statement of type ${statement.predicateType}`
}

/** Verifies that a bundle lets the artifact in by a trust policy, as an environment has one, given as YAML or JSON; the root that is given takes the place of those in it. */
export async function checkProvenance(one: ProvenanceCase): Promise<string> {
  const policy = readYamlAs(trustSettings, { text: await readText(one.policy), file: one.policy, what: 'trust policy' })
  const bundle = readBundle(await readBytes(one.bundle))
  const root = readTrustedRoot(await readBytes(one.trustedRoot))
  const artifact = knownBytes(await artifactOf(one))
  const fact = factOf({ bundle, artifact, root, keys: keysOf(policy) })
  const { claims, signers } = admit({ artifact: artifact.digest, facts: [fact], policy, at: null })
  return `built by ${claims.builder}, signed by ${signers.join(' and ')}`
}

const publicGood = new URL('../trust/public-good-root.json', import.meta.url).pathname

async function signerOf({
  key,
  certificateIdentity: identity,
  certificateOidcIssuer: issuer,
}: BundleCase): Promise<ExpectedSigner> {
  if (key !== undefined && identity === undefined && issuer === undefined)
    return { key: readPublicKey(await readText(key)) }
  if (key === undefined && identity !== undefined && issuer !== undefined) return { identity, issuer }
  throw new Refusal('invalid', 'expected --key, or --certificate-identity and --certificate-oidc-issuer', {
    reason: 'usage',
  })
}

/** As the suite's protocol has it: what looks like a digest and is no file is one. */
async function artifactOf({ artifact }: { artifact: string }): Promise<SignedArtifact> {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(artifact) ?? []
  if (hex !== undefined && !existsSync(artifact)) return { sha256: Buffer.from(hex, 'hex') }
  return { bytes: await readBytes(artifact) }
}

function knownBytes(artifact: SignedArtifact): KnownBytes {
  if ('sha256' in artifact) return { digest: `sha256:${artifact.sha256.toString('hex')}` }
  return { digest: digestOf(artifact.bytes), sha512: createHash('sha512').update(artifact.bytes).digest('hex') }
}
