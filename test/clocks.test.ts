import { execFile, spawnSync } from 'node:child_process'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { CompactSign } from 'jose'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Credential } from '../src/core/home.ts'
import { digestOf } from '../src/core/digest.ts'
import { bundleOf, keyIdOf } from '../src/core/dsse.ts'
import { signNote, vkeyOf } from '../src/core/note.ts'
import { binFolder } from './carried-tools.ts'
import { createCliShop } from './rig/cli-shop.ts'
import { startKeyless } from './rig/keyless.ts'
import { opened } from './rig/opened.ts'
import { githubProvenance } from './rig/other-ci.ts'

const folder = await mkdtemp(join(tmpdir(), 'lockflight-clocks-'))
await opened(Promise.resolve({ stop: () => rm(folder, { recursive: true }) }))
const ci = await opened(startKeyless())

const program = join(import.meta.dirname, '../bin/lockflight')
const env = { ...process.env, PATH: `${process.env['PATH']}${delimiter}${binFolder}` }
const later = '2031-06-01 00:00:00'
const clocks = ['2020-01-01 00:00:00', later]

const put = async (name: string, content: string | Uint8Array) => {
  await writeFile(join(folder, name), content, { mode: 0o600 })
  return join(folder, name)
}
const app = 'built elsewhere'
const artifact = digestOf(app)
const provenance = githubProvenance([{ name: 'app.txt', digest: artifact }])
const rootFile = await put('root.json', JSON.stringify(ci.root))

const { trust } = ci
/** Signed with a certificate that is only good for minutes. */
const bundleText = JSON.stringify(await ci.sign(provenance))
const bundle = await put('app.sigstore.json', bundleText)

/** Cases of every kind that signatures and times could play a part in, with whether each is accepted. */
async function cases(): Promise<[argv: string[], accepted: boolean][]> {
  const { roots: _, ...rules } = trust
  const policy = await put('policy.yaml', stringify(rules))
  const aged = await put('aged.yaml', stringify({ ...rules, 'max-age': '3650d' }))
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = await put('key.pem', p256.publicKey.export({ type: 'spki', format: 'pem' }))
  const own = bundleOf(provenance, keyIdOf(p256.publicKey), (bytes) => sign('sha256', bytes, p256.privateKey))
  const envelope = await put('envelope.json', JSON.stringify(own.dsseEnvelope))
  const log = generateKeyPairSync('ed25519')
  const note = await put('note', signNote('a note\n', 'log.example', log.privateKey))
  const vkey = vkeyOf({ name: 'log.example', publicKey: log.publicKey })
  const jwks = await put(
    'jwks.json',
    JSON.stringify({ keys: [{ ...p256.publicKey.export({ format: 'jwk' }), kid: 'a' }] }),
  )
  const claims = Buffer.from(JSON.stringify({ exp: 1_700_000_000 }))
  const token = await new CompactSign(claims).setProtectedHeader({ alg: 'ES256', kid: 'a' }).sign(p256.privateKey)
  const body = await put('body', 'body')
  const hmac = createHmac('sha256', Buffer.alloc(24, 7)).update('m.1767225600.body').digest('base64')
  const headers = await put(
    'headers.json',
    JSON.stringify({ 'webhook-id': 'm', 'webhook-timestamp': '1767225600', 'webhook-signature': `v1,${hmac}` }),
  )
  const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
  const root = ['--trusted-root', rootFile]
  const signed = (identity: string) => {
    const signer = ['--certificate-identity', identity, '--certificate-oidc-issuer', ci.issuer]
    return ['verify-bundle', '--bundle', bundle, ...root, ...signer, artifact]
  }
  const built = (rule: string, of: string) => ['verify-provenance', '--bundle', bundle, ...root, '--policy', rule, of]
  const dsse = (type: string) => ['dsse-verify', '--key', pem, '--payload-type', type, envelope]
  return [
    [signed(ci.identity), true],
    [signed('https://evil.example'), false],
    [built(policy, artifact), true],
    [built(aged, artifact), false],
    [built(policy, digestOf('other')), false],
    [dsse('application/vnd.in-toto+json'), true],
    [dsse('text/plain'), false],
    [['note-verify', '--vkey', vkey, note], true],
    [['jws-verify', '--jwks', jwks, '--alg', 'ES256', token], true],
    [['webhook-verify', '--scheme', 'standard', '--secret', secret, '--headers', headers, body], true],
  ]
}

function batch(argv: string[][], time?: string): string {
  const command = [process.execPath, program, 'conform', '--batch']
  const [first = '', ...rest] = time === undefined ? command : ['faketime', time, ...command]
  const input = argv.map((each) => `${JSON.stringify(each)}\n`).join('')
  return spawnSync(first, rest, { input, env, encoding: 'utf8' }).stdout
}

test('A13 A31 no clock of the machine changes a verdict of conform', async () => {
  const all = await cases()
  const argv = all.map(([each]) => each)
  const now = batch(argv)
  const verdicts = now
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { verdict: string }).verdict)
  expect(verdicts).toEqual(all.map(([, accepted]) => (accepted ? 'accepted' : 'refused')))
  for (const time of clocks) {
    const year = spawnSync('faketime', [time, process.execPath, '-p', 'new Date().getFullYear()'], { env }).stdout
    expect(String(year).trim()).toBe(time.slice(0, 4))
    expect(batch(argv, time), time).toBe(now)
  }
})

test('A13 A31 a server with a clock of 2031 lets in what was signed today, by gate and by POST /verify, and nothing else', async () => {
  const gates = [{ use: 'provenance', trust: { ...trust, roots: [{ 'root-file': 'trust/root.json' }] } }]
  const deploy = { use: 'command', run: 'true' }
  const shop = await createCliShop(stringify({ project: 'shop', environments: { prod: { gates, deploy } } }))
  try {
    await mkdir(join(shop.repository, 'trust'))
    await writeFile(join(shop.repository, 'trust/root.json'), JSON.stringify(ci.root))
    await writeFile(join(shop.repository, 'app.txt'), app)
    const surroundings = { cwd: shop.repository, env: { PATH: env.PATH, LOCKFLIGHT_HOME: shop.home } }
    const lockflight = async (...argv: string[]) =>
      (await promisify(execFile)('faketime', [later, process.execPath, program, ...argv], surroundings)).stdout
    await lockflight('apply', '--yes')
    await lockflight('release', 'import', 'app.txt', '--bundle', bundle, '--version', 'v1')
    const plan = JSON.parse(await lockflight('plan', 'v1', '--json')) as { steps: unknown[] }
    expect(plan.steps).toMatchObject([
      { unmet: [], passed: [{ id: 'provenance', reason: expect.stringContaining(`signed by ${ci.identity}`) }] },
    ])
    const { url, token } = JSON.parse(await readFile(join(shop.home, 'credentials.json'), 'utf8')) as Credential
    const verify = async (of: string) => {
      const body = JSON.stringify({ artifact: of, bundles: [bundleText], policy: stringify(trust) })
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const answer = await fetch(`${url}/api/v1/verify`, { method: 'POST', headers, body })
      expect(answer.headers.get('date')).toContain(later.slice(0, 4))
      return answer.json()
    }
    expect(await verify(artifact)).toMatchObject({ verdict: 'accepted', signers: [ci.identity] })
    expect(await verify(digestOf('other'))).toMatchObject({ verdict: 'refused', reason: 'provenance.subject' })
  } finally {
    await shop.close()
  }
})
