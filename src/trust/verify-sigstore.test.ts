import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { conformanceFolder, sigstoreCases, type SigstoreCase } from '../../test/rig/conformance.ts'
import { readPublicKey } from '../core/admission.ts'
import { readBundle } from './read-bundle.ts'
import { readTrustedRoot } from './read-trusted-root.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { verifySigstore, type SignedArtifact } from './verify-sigstore.ts'

const folders = [conformanceFolder()].filter((folder) => folder !== null)

/** The reason for which it is not believed; null when it is. */
function reasonFor(
  one: SigstoreCase,
  artifact: SignedArtifact,
  bundle = readFileSync(one.bundle, 'utf8'),
): string | null {
  try {
    const { signer } = one
    verifySigstore({
      bundle: readBundle(bundle),
      artifact,
      root: rootOf(one),
      signer: 'key' in signer ? { key: readPublicKey(readFileSync(signer.key, 'utf8')) } : signer,
    })
    return null
  } catch (error) {
    if (error instanceof Disbelieved) return error.reason
    throw error
  }
}

const roots = new Map<string, ReturnType<typeof readTrustedRoot>>()
function rootOf({ trustedRoot }: SigstoreCase) {
  const root = roots.get(trustedRoot) ?? readTrustedRoot(readFileSync(trustedRoot))
  roots.set(trustedRoot, root)
  return root
}

const bytesOf = (one: SigstoreCase) => ({ bytes: readFileSync(one.artifact) })

test.for(folders)('A11 A13 A14 all 140 decisions of the public suite in %s are made as it says', (folder) => {
  const cases = sigstoreCases(folder)
  expect(cases).toHaveLength(70)
  const wrong = cases.flatMap((one) => {
    const artifacts: SignedArtifact[] = [bytesOf(one), { sha256: Buffer.from(one.sha256, 'hex') }]
    return artifacts.map((artifact) => reasonFor(one, artifact)).filter((reason) => (reason === null) !== one.accepted)
  })
  expect(wrong).toEqual([])
})

test.for(folders)('A14 whatever is changed in a valid bundle of %s, it is refused', (folder) => {
  const accepted: string[] = []
  for (const one of sigstoreCases(folder).filter((each) => each.accepted)) {
    const json: unknown = JSON.parse(readFileSync(one.bundle, 'utf8'))
    for (const { path, value } of leaves(json)) {
      if (isUnsigned(path, value)) continue
      const changed = structuredClone(json)
      put(changed, path, flipped(value))
      if (reasonFor(one, bytesOf(one), JSON.stringify(changed)) === null)
        accepted.push(`${one.name}: ${path.join('.')}`)
    }
  }
  expect(accepted).toEqual([])
})

/** What no signature covers: the version a bundle names itself fits others too. */
function isUnsigned(path: string[], value: unknown): boolean {
  return path.join('.') === 'mediaType' && String(value).endsWith('version=0.1')
}

function leaves(value: unknown, path: string[] = []): { path: string[]; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }]
  return Object.entries(value).flatMap(([key, inside]) => leaves(inside, [...path, key]))
}

function put(target: unknown, path: string[], value: unknown): void {
  const holder = path.slice(0, -1).reduce((inside, key) => (inside as Record<string, unknown>)[key], target)
  ;(holder as Record<string, unknown>)[path.at(-1) ?? ''] = value
}

/** Another first character: in the text of a checkpoint that is the log's name, and not the line of a witness nobody knows. */
function flipped(value: unknown): unknown {
  if (typeof value !== 'string') return typeof value === 'number' ? value + 1 : !value
  const first = value.charAt(0)
  return (first === 'A' || first === '1' ? (first === 'A' ? 'B' : '2') : /\d/.test(first) ? '1' : 'A') + value.slice(1)
}

test.for(folders)('A12 an identity is compared whole, and is no pattern', (folder) => {
  const one = sigstoreCases(folder).find(({ name }) => name === 'happy-path-v0.3')!
  if ('key' in one.signer) throw new Error('expected a certificate')
  const { identity, issuer } = one.signer
  const others = [
    { identity: identity.slice(0, -1), issuer },
    { identity: '.*', issuer },
    { identity: identity.replace('.yml', '.{4}'), issuer },
    { identity: identity.toUpperCase(), issuer },
    { identity, issuer: `${issuer}/` },
    { identity, issuer: '' },
  ]
  for (const signer of others) expect(reasonFor({ ...one, signer }, bytesOf(one))).toBe('signature.identity')
})

test.for(folders)(
  'A15 a bundle with a key twice, an unknown key or another spelling of its bytes is refused',
  (folder) => {
    const one = sigstoreCases(folder).find(({ name }) => name === 'happy-path-v0.3')!
    const text = readFileSync(one.bundle, 'utf8')
    const tricks = [
      text.replace('{', '{"mediaType": "x",'),
      text.replace('{', '{"note": "x",'),
      text.replace('{', '{"__proto__": {},'),
      `\uFEFF${text}`,
      `${text}{}`,
      text.replace(/("signature": *"[^"]+)=?"/, '$1\\n"'),
    ]
    for (const trick of tricks) {
      expect(trick).not.toBe(text)
      expect(reasonFor(one, bytesOf(one), trick), trick.slice(0, 60)).toBe('bundle.malformed')
    }
  },
)

test('A13 a trusted root must say of everything from when on it is trusted', () => {
  const root = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [],
    certificateAuthorities: [{ subject: {}, uri: 'https://ca.example', certChain: { certificates: [] } }],
    ctlogs: [],
    timestampAuthorities: [],
  }
  expect(() => readTrustedRoot(JSON.stringify(root))).toThrow('certificateAuthorities[0] does not say from when on')
  expect(() => readTrustedRoot('{"mediaType":"text/plain"}')).toThrow(
    'expected a Sigstore trusted root, found text/plain',
  )
  expect(() => readTrustedRoot('{"mediaType":"text/plain","extra":1}')).toThrow(Disbelieved)
})
