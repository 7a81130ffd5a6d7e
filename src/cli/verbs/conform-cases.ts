import type { ConformanceCase } from '../../core/conformance.ts'
import type { Arguments, Input, Options } from '../command.ts'
import { wholeNumber } from '../whole-number.ts'

const key = { value: 'file', says: 'a public key as PEM' }
const vkey = { value: 'key', says: 'the key as name+keyid+base64', required: true } as const
const file = { says: 'the file' }

/** What each kind of case takes, and the case it stands for; the names and options are those of the suites. */
export const conformCases = {
  'verify-bundle': kind({
    arguments: { artifact: { says: 'a file, or sha256: and its digest' } },
    options: {
      bundle: { value: 'file', says: 'a Sigstore bundle', required: true },
      'trusted-root': { value: 'file', says: 'by default that of the public good instance' },
      'certificate-identity': { value: 'text', says: 'who must have signed' },
      'certificate-oidc-issuer': { value: 'url', says: 'who must have said so' },
      key,
    },
    read: ({ artifact, bundle, trustedRoot, certificateIdentity, certificateOidcIssuer, key: pem }) => ({
      check: 'verify-bundle',
      artifact,
      bundle,
      trustedRoot,
      certificateIdentity,
      certificateOidcIssuer,
      key: pem,
    }),
  }),
  'verify-provenance': kind({
    arguments: { artifact: { says: 'a file, or sha256: and its digest' } },
    options: {
      bundle: { value: 'file', says: 'a Sigstore bundle with a provenance', required: true },
      'trusted-root': { value: 'file', says: 'a Sigstore trusted root', required: true },
      policy: { value: 'file', says: 'a trust policy', required: true },
    },
    read: ({ artifact, bundle, trustedRoot, policy }) => ({
      check: 'verify-provenance',
      artifact,
      bundle,
      trustedRoot,
      policy,
    }),
  }),
  'dsse-verify': kind({
    arguments: { envelope: { says: 'a DSSE envelope' } },
    options: {
      key: { ...key, value: 'files', says: 'public keys as PEM, with commas between', required: true },
      threshold: { value: 'count', says: 'how many of them must have signed', default: '1' },
      'payload-type': { value: 'type', says: 'what must have been signed', required: true },
    },
    read: ({ envelope, key: keys, threshold, payloadType }) => ({
      check: 'dsse-verify',
      envelope,
      keys: keys.split(','),
      threshold: wholeNumber('--threshold', threshold),
      payloadType,
    }),
  }),
  'note-verify': kind({
    arguments: { file },
    options: { vkey },
    read: ({ file: path, vkey: text }) => ({ check: 'note-verify', file: path, vkey: text }),
  }),
  'checkpoint-verify': kind({
    arguments: { file },
    options: { vkey },
    read: ({ file: path, vkey: text }) => ({ check: 'checkpoint-verify', file: path, vkey: text }),
  }),
  'tlog-inclusion': kind({
    arguments: { file },
    options: {},
    read: ({ file: path }) => ({ check: 'tlog-inclusion', file: path }),
  }),
  'tlog-consistency': kind({
    arguments: { file },
    options: {},
    read: ({ file: path }) => ({ check: 'tlog-consistency', file: path }),
  }),
  'tlog-root': kind({
    arguments: { folder: { says: 'one file for each entry, named by its number' }, size: { says: 'of the tree' } },
    options: {},
    read: ({ folder, size }) => ({ check: 'tlog-root', folder, size: wholeNumber('<size>', size) }),
  }),
  'jws-verify': kind({
    arguments: { token: { says: 'the token' } },
    options: {
      jwks: { value: 'file', says: 'a set of public keys', required: true },
      alg: { value: 'name', says: 'the algorithm it must be signed with', required: true },
    },
    read: ({ token, jwks, alg: algorithm }) => ({ check: 'jws-verify', token, jwks, algorithm }),
  }),
  'webhook-verify': kind({
    arguments: { body: { says: 'the file with the body' } },
    options: {
      scheme: { value: 'name', choices: ['github', 'standard'], says: 'how it is signed', required: true },
      secret: { value: 'text', says: 'what both sides know', required: true },
      headers: { value: 'file', says: 'the headers as a JSON object', required: true },
    },
    read: ({ body, scheme, secret, headers }) => ({ check: 'webhook-verify', body, scheme, secret, headers }),
  }),
  parse: kind({
    arguments: { file },
    options: { as: { value: 'kind', says: 'what it must be', required: true } },
    read: ({ file: path, as }) => ({ check: 'parse', file: path, as }),
  }),
}

interface Kind<Takes extends Arguments, Has extends Options> {
  arguments: Takes
  options: Has
  read(input: Input<Takes, Has>): ConformanceCase
}

function kind<const Takes extends Arguments, const Has extends Options>(definition: Kind<Takes, Has>) {
  return definition
}
