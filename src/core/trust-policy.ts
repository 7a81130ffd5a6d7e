import { z } from 'zod'
import { duration } from './duration.ts'

const text = z.string().min(1).max(2048)
const texts = z.array(text).min(1)
const moment = z.iso.datetime()

/** What a signer may say; compared exactly, never as a pattern (A12). */
const claims = {
  builders: texts.describe('The `builder.id`s this signer may name'),
  'build-types': texts.describe('The `buildType`s this signer may name'),
  runners: texts.optional().describe('The kinds of machines it may build on, such as github-hosted; any when absent'),
  level: z.int().min(0).max(3).default(0).describe('The SLSA Build level that builds by this signer are worth'),
}

const identity = {
  identity: text.describe('The whole subject alternative name of the certificate'),
  issuer: text.describe('The whole address of who vouches for that identity'),
}

const key = {
  // What was found is not shown: it may be the private one.
  key: z
    .string()
    .includes('-----BEGIN PUBLIC KEY-----', {
      error: 'expected a public key as PEM (-----BEGIN PUBLIC KEY-----); found another text',
      abort: true,
    })
    .describe('A public key as PEM'),
  'valid-from': moment.optional().describe('What it signed before counts for nothing; needs a signed time'),
  'valid-until': moment.optional().describe('What it signed later counts for nothing; needs a signed time'),
  'revoked-at': moment.optional().describe('From then on nothing it signed counts, whenever it was signed'),
}

/** Somebody by name, whatever they may say. */
export const namedSigner = z.union([z.strictObject(identity), z.strictObject(key)])
export type NamedSigner = z.output<typeof namedSigner>

const signer = z.union([z.strictObject({ ...identity, ...claims }), z.strictObject({ ...key, ...claims })])
export type TrustedSigner = z.output<typeof signer>

/** Whether keys have to show when they signed. */
export const transparencyLog = z
  .boolean()
  .default(true)
  .describe('Whether signatures by keys must be in a public log; those by certificates always must')

const source = z.strictObject({
  repository: text.describe('Its address, compared exactly'),
  'repository-id': text
    .optional()
    .describe('The number its host gave it, so that a new repository of the same name is another one'),
  refs: z.array(text).default([]).describe('Full names such as refs/heads/main'),
  tags: z.array(text).default([]).describe('Tags; one `*` stands for any text without a slash'),
})

/** What must be true of how something was built before it is let in. */
export const trustPolicy = z
  .strictObject({
    signers: z.array(signer).min(1).max(100).describe('Who may say what: an `identity` with its `issuer`, or a `key`'),
    threshold: z.int().min(1).default(1).describe('How many of the signers must have said it'),
    sources: z.array(source).min(1).describe('Where it may come from'),
    parameters: z
      .record(text, z.unknown())
      .default({})
      .describe('External parameters by name, with the value each must have; others are refused'),
    'min-level': z.int().min(0).max(3).default(0).describe('The least SLSA Build level'),
    'max-age': duration
      .optional()
      .describe(
        'How long ago it may have been signed at most; what keys have signed is refused then, as anyone can give it a new time',
      ),
    predicates: z
      .array(text)
      .default([])
      .describe('Types of statements that must be there too, signed by any of the signers'),
    'transparency-log': transparencyLog,
  })
  .superRefine(({ threshold, signers, sources }, context) => {
    const expect = (message: string, path: (string | number)[]) => context.addIssue({ code: 'custom', path, message })
    if (threshold > signers.length) {
      expect(`expected at most ${signers.length}, as many as there are signers; found ${threshold}`, ['threshold'])
    }
    for (const [index, { refs, tags }] of sources.entries()) {
      if (refs.length + tags.length === 0) expect('expected `refs` or `tags`; found neither', ['sources', index])
    }
  })
export type TrustPolicy = z.output<typeof trustPolicy>
