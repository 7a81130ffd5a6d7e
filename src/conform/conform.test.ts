import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactSign } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkpointText } from '../core/checkpoint.ts'
import type { ConformanceCase } from '../core/conformance.ts'
import { preAuthenticationEncoding } from '../core/dsse.ts'
import { append, emptyFrontier, leafHash, rootOf } from '../core/merkle.ts'
import { signNote, vkeyOf } from '../core/note.ts'
import { conform } from './conform.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-conform-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function file(content: string | Uint8Array): Promise<string> {
  const path = join(folder, `file-${++files}`)
  await writeFile(path, content)
  return path
}

const decide = (one: ConformanceCase) => conform(one, {})
const accepted = { verdict: 'accepted', reason: '' }
const refused = (reason: string) => ({ verdict: 'refused', reason })

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()
const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

const payloadType = 'application/vnd.in-toto+json'
const payload = Buffer.from('{"a":1}')

function envelope(keys: KeyObject[], given: { type?: string; signed?: Buffer; keyid?: string } = {}): string {
  const signed = given.signed ?? preAuthenticationEncoding(payloadType, payload)
  const signatures = keys.map((key) => ({
    keyid: given.keyid ?? '',
    sig: sign('sha256', signed, key).toString('base64'),
  }))
  return JSON.stringify({ payload: payload.toString('base64'), payloadType: given.type ?? payloadType, signatures })
}

test('A14 an envelope counts each key once, and what is signed is the type and the payload', async () => {
  const [one, two, stranger] = [p256(), p256(), p256()]
  const keys = [await file(pemOf(one.publicKey)), await file(pemOf(two.publicKey))]
  const ask = async (text: string, threshold: number, given: string[] = keys) =>
    decide({ check: 'dsse-verify', keys: given, threshold, payloadType, envelope: await file(text) })

  expect(await ask(envelope([one.privateKey, two.privateKey]), 2)).toMatchObject(accepted)
  expect(await ask(envelope([stranger.privateKey, two.privateKey]), 1)).toMatchObject(accepted)
  expect(await ask(envelope([one.privateKey], { keyid: 'two' }), 1)).toMatchObject(accepted)
  expect(await ask(envelope([one.privateKey, one.privateKey]), 2)).toMatchObject(refused('signature.invalid'))
  expect(await ask(envelope([one.privateKey]), 2, [keys[0]!, keys[0]!])).toMatchObject(refused('signature.invalid'))
  expect(await ask(envelope([stranger.privateKey]), 1)).toMatchObject(refused('signature.invalid'))
  expect(await ask(envelope([one.privateKey], { signed: payload }), 1)).toMatchObject(refused('signature.invalid'))
  expect(await ask(envelope([one.privateKey], { type: 'text/plain' }), 1)).toMatchObject(refused('bundle.unsupported'))
  expect(await ask(`${envelope([one.privateKey])}x`, 1)).toMatchObject(refused('bundle.malformed'))
  expect(await ask(envelope([one.privateKey]).replace('{', '{"payload":"",'), 1)).toMatchObject(
    refused('bundle.malformed'),
  )
})

test('A24 a token is checked with the one algorithm that was asked for, by keys of the set only', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'a' }
  const jwks = await file(JSON.stringify({ keys: [jwk] }))
  const token = (header: Record<string, unknown>, key: KeyObject | Uint8Array = privateKey) =>
    new CompactSign(Buffer.from('{"sub":"ana"}'))
      .setProtectedHeader({ alg: 'RS256', kid: 'a', ...header })
      .sign(key, { crit: { exp: true } })
  const ask = (text: string, algorithm = 'RS256', set = jwks) =>
    decide({ check: 'jws-verify', jwks: set, algorithm, token: text })

  const good = await token({})
  expect(await ask(good)).toMatchObject(accepted)
  expect(await ask(good, 'PS256')).toMatchObject(refused('signature.algorithm'))
  expect(await ask(good, 'none')).toMatchObject(refused('signature.algorithm'))
  expect(await ask(good, 'HS256')).toMatchObject(refused('signature.algorithm'))
  const [head = '', body = '', signature = ''] = good.split('.')
  const header = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  expect(await ask(`${header({ alg: 'none' })}.${body}.AA`)).toMatchObject(refused('signature.algorithm'))
  const hmac = `${header({ alg: 'HS256', kid: 'a' })}.${body}`
  const forged = createHmac('sha256', pemOf(publicKey)).update(hmac).digest('base64url')
  expect(await ask(`${hmac}.${forged}`)).toMatchObject(refused('signature.algorithm'))
  for (const extra of [
    { jwk },
    { jku: 'https://x.example' },
    { x5u: 'https://x.example' },
    { crit: ['exp'], exp: 1 },
  ]) {
    expect(await ask(await token(extra)), JSON.stringify(extra)).toMatchObject(refused('bundle.malformed'))
  }
  expect(await ask(await token({ kid: '../../a' }))).toMatchObject(refused('signature.key-unknown'))
  const twice = await file(JSON.stringify({ keys: [jwk, jwk] }))
  expect(await ask(good, 'RS256', twice)).toMatchObject(refused('signature.key-unknown'))
  expect(await ask(`${head}.${body}.${signature.slice(0, -4)}AAAA`)).toMatchObject(refused('signature.invalid'))
  expect(await ask(`${head}. ${body}.${signature}`)).toMatchObject(refused('bundle.malformed'))
  expect(await ask(`${good}.`)).toMatchObject(refused('bundle.malformed'))
  expect(await ask(`${head}.${'A'.repeat(65_536)}.${signature}`)).toMatchObject(refused('bundle.malformed'))
  const folded = Buffer.from('{"alg":"none","alg":"RS256"}').toString('base64url')
  expect(await ask(`${folded}.${body}.${signature}`)).toMatchObject(refused('bundle.malformed'))
})

test('A23 a webhook is believed with a signature over these very bytes', async () => {
  const body = Buffer.from('{"ref":"refs/heads/main"}')
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
  const hmac = (key: string | Buffer, bytes: string | Buffer) => createHmac('sha256', key).update(bytes)
  const ask = async (
    scheme: 'github' | 'standard',
    headers: Record<string, string>,
    given: { secret?: string; body?: Buffer } = {},
  ) =>
    decide({
      check: 'webhook-verify',
      scheme,
      secret: given.secret ?? secret,
      headers: await file(JSON.stringify(headers)),
      body: await file(given.body ?? body),
    })

  const github = `sha256=${hmac(secret, body).digest('hex')}`
  expect(await ask('github', { 'X-Hub-Signature-256': github })).toMatchObject(accepted)
  const notGithub: [Record<string, string>, object?][] = [
    [{}],
    [{ 'X-Hub-Signature-256': github.slice(0, -2) }],
    [{ 'X-Hub-Signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}` }],
    [{ 'X-Hub-Signature-256': github }, { body: Buffer.from('{"ref": "refs/heads/main"}') }],
    [{ 'X-Hub-Signature-256': github }, { secret: 'old' }],
    [{ 'X-Hub-Signature-256': `sha256=${hmac('', body).digest('hex')}` }, { secret: '' }],
  ]
  for (const [headers, given] of notGithub) {
    expect(await ask('github', headers, given), JSON.stringify(headers)).toMatchObject(refused('webhook.signature'))
  }

  const key = Buffer.alloc(24, 7)
  const standard = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1767225600' }
  const signature = `v1,${hmac(key, `msg_1.1767225600.${body.toString()}`).digest('base64')}`
  const old = `v1,${hmac(Buffer.alloc(24, 1), `msg_1.1767225600.${body.toString()}`).digest('base64')}`
  expect(await ask('standard', { ...standard, 'webhook-signature': `${old} ${signature}` })).toMatchObject(accepted)
  for (const headers of [
    { ...standard, 'webhook-signature': old },
    { ...standard, 'webhook-signature': signature.replace('v1,', 'v2,') },
    { ...standard, 'webhook-timestamp': '1767225601', 'webhook-signature': signature },
    { ...standard, 'webhook-id': 'msg_2', 'webhook-signature': signature },
    { 'webhook-signature': signature },
  ]) {
    expect(await ask('standard', headers), JSON.stringify(headers)).toMatchObject(refused('webhook.signature'))
  }
  const doubled = { 'X-Hub-Signature-256': github, 'x-hub-signature-256': github }
  expect(await ask('github', doubled)).toMatchObject(refused('webhook.malformed'))
})

test('notes, checkpoints and roots are those of the log', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const vkey = vkeyOf({ name: 'log.example', publicKey })
  const frontier = emptyFrontier()
  const entries = join(folder, 'entries')
  await mkdir(entries)
  for (let index = 0; index < 12; index += 1) {
    append(frontier, leafHash(`entry ${index}`))
    await writeFile(join(entries, String(index)), `entry ${index}`)
  }
  const root = Buffer.from(rootOf(frontier)).toString('base64')
  expect(await decide({ check: 'tlog-root', folder: entries, size: 12 })).toEqual({ ...accepted, detail: root })
  expect(await decide({ check: 'tlog-root', folder: entries, size: 13 })).toMatchObject(refused('tlog.incomplete'))

  const text = checkpointText({ origin: 'log.example', size: 12, root: rootOf(frontier) })
  const note = signNote(text, 'log.example', privateKey)
  const check = async (kind: 'note-verify' | 'checkpoint-verify', content: string, key = vkey) =>
    decide({ check: kind, vkey: key, file: await file(content) })
  expect(await check('note-verify', note)).toMatchObject(accepted)
  expect(await check('checkpoint-verify', note)).toEqual({ ...accepted, detail: 'log.example at size 12' })
  expect(await check('note-verify', note.replace('12', '13'))).toMatchObject(refused('signature.invalid'))
  const other = signNote(text.replace('log.example', 'other.example'), 'log.example', privateKey)
  expect(await check('checkpoint-verify', other)).toMatchObject(refused('tlog.checkpoint'))
  expect(await check('note-verify', note, 'log.example+00000000+AAAA')).toMatchObject(refused('key.malformed'))
})

test('what is not a matter of the case is no verdict', async () => {
  const missing = join(folder, 'missing')
  const vkey = vkeyOf({ name: 'a', publicKey: generateKeyPairSync('ed25519').publicKey })
  await expect(decide({ check: 'note-verify', vkey, file: missing })).rejects.toThrow('cannot read a file of the case')
  await expect(decide({ check: 'parse', as: 'poem', file: missing })).rejects.toThrow('after --as; found poem')
  await expect(decide({ check: 'verify-bundle', bundle: missing, artifact: 'a' })).rejects.toThrow('cannot read')
})
