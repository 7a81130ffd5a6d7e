import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import type { CertifiedIdentity } from '../core/attestation.ts'
import { outsideUrl } from '../core/outside-url.ts'
import { readYamlAs } from '../core/read-configuration.ts'
import { Refusal } from '../core/refusal.ts'
import { parseStrictJson } from '../core/strict-json.ts'
import { refuseWritable } from './refuse-writable.ts'

/** Encrypted on the way, unless it does not leave this machine: the token that is sent there can sign. */
const service = outsideUrl.refine(
  (text) => text.startsWith('https:') || /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)[:/]/.test(`${text}/`),
  'expected https, or http on this machine',
)

const settings = z.strictObject({
  fulcio: service.describe('Who gives certificates'),
  rekor: service.describe('The transparency log'),
  'rekor-version': z.literal([1, 2]).default(1),
  timestamp: service.describe('The time-stamping authority (RFC 3161)'),
  'trusted-root': z.string().min(1).describe('A file beside this one'),
  identity: z.string().min(1).describe('As certificates name it, exactly'),
  issuer: z.string().min(1).describe('Who vouches for it, exactly'),
  token: z.union([
    z.strictObject({ file: z.string().startsWith('/') }),
    z.strictObject({ program: z.string().startsWith('/') }),
    z.strictObject({ variable: z.string().regex(/^[A-Z_][A-Z0-9_]*$/) }),
  ]),
})

/** Whom to ask for certificates, log entries and signed times, and as whom. */
export interface KeylessSettings extends Omit<z.output<typeof settings>, 'trusted-root' | 'identity' | 'issuer'> {
  signsAs: CertifiedIdentity
}

/** Where an identity token comes from. */
export type TokenSource = KeylessSettings['token']

/** Reads the file that LOCKFLIGHT_SIGNER names, and the trusted root beside it; refuses with every problem and its place. */
export async function readKeylessSettings(file: string): Promise<KeylessSettings> {
  const text = await textOf(file)
  const {
    'trusted-root': rootFile,
    identity,
    issuer,
    ...services
  } = readYamlAs(settings, { text, file, what: 'keyless signer' })
  if ('program' in services.token) await refuseWritable(services.token.program)
  const rootPath = resolve(dirname(file), rootFile)
  const root = z.record(z.string(), z.unknown()).safeParse(parseStrictJson(await textOf(rootPath)))
  if (root.success) return { ...services, signsAs: { identity, issuer, root: root.data } }
  throw new Refusal('unavailable', `expected a Sigstore trusted root in ${rootPath}, found something else`)
}

async function textOf(path: string): Promise<string> {
  await refuseWritable(path)
  return readFile(path, 'utf8')
}
