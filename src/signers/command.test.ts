import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startKms } from '../../test/rig/kms.ts'
import type { Statement } from '../core/attestation.ts'
import { Refusal } from '../core/refusal.ts'
import { createCommandSigner } from './command.ts'
import { runProgram } from './run-program.ts'

const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'urn:test',
  predicate: {},
}

let kms: Awaited<ReturnType<typeof startKms>>
beforeEach(async () => {
  kms = await startKms()
})
afterEach(() => kms.stop())

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it was not refused'),
    (error: unknown) => error as Refusal,
  )

async function signing() {
  const signer = await createCommandSigner(kms.program)
  const [key] = await signer.keys()
  return { signer, key: key!, sign: () => signer.sign(statement, key!) }
}

test.each<[string, string, string]>([
  ['nothing', 'true', 'found nothing'],
  ['no base64', 'echo "not base64!"', 'begins with not base64!'],
  [
    'a signature of something else',
    'echo other | openssl dgst -sha256 -sign "$folder/keys/1.pem" | base64 -w0',
    'did not make',
  ],
  ['bytes that are no signature', 'echo AAAA', 'did not make'],
  ['a failure', 'echo "the key is locked" >&2; exit 3', 'ended with 3: the key is locked'],
  ['more than it may', 'head -c 1000000 /dev/zero', 'printed more than 65536 bytes'],
])('a program that answers sign with %s signs nothing', async (_, script, words) => {
  const { sign } = await signing()
  await kms.replace(`folder=${kms.folder}\n${script}`)
  const refusal = await refusalOf(sign())
  expect(refusal).toBeInstanceOf(Refusal)
  expect(refusal).toMatchObject({
    code: 'unavailable',
    reason: 'signer_unavailable',
    message: expect.stringContaining(words),
  })
})

test.each<[string, string]>([
  ['text', 'echo hello'],
  ['an RSA key', 'openssl genrsa 2048 2>/dev/null | openssl rsa -pubout 2>/dev/null'],
  ['a key on another curve', 'openssl ecparam -name secp384r1 -genkey -noout | openssl ec -pubout 2>/dev/null'],
])('%s in the place of the public key is refused', async (_, script) => {
  await kms.replace(script)
  const signer = await createCommandSigner(kms.program)
  expect(await refusalOf(signer.keys())).toMatchObject({ message: expect.stringContaining('expected an ECDSA P-256') })
})

test('a program that others may write is refused at the start, and so is one that is not there', async () => {
  await chmod(kms.program, 0o777)
  const unsafe = await refusalOf(createCommandSigner(kms.program))
  expect(unsafe).toMatchObject({ reason: 'signer_unsafe', message: expect.stringContaining('chmod go-w') })
  const missing = await refusalOf(createCommandSigner(`${kms.program}.none`))
  expect(missing.message).toContain('LOCKFLIGHT_SIGNER needs')
})

test('a program that is not there, or may not be run, is named', async () => {
  const { sign } = await signing()
  await kms.stop()
  expect(await refusalOf(sign())).toMatchObject({ code: 'unavailable', message: expect.stringContaining(kms.program) })
  kms = await startKms()
})

test('when it signs with a newer key it is asked for its public key again', async () => {
  const { signer, key, sign } = await signing()
  await kms.addKey()
  await kms.replace(`case $1 in
    public-key) openssl pkey -in ${kms.folder}/keys/2.pem -pubout ;;
    sign) openssl dgst -sha256 -sign ${kms.folder}/keys/2.pem | base64 -w0 ;;
  esac`)
  expect(await signer.keys()).toEqual([key])
  await refusalOf(sign())
  const [next] = await signer.keys()
  expect(next?.id).not.toBe(key.id)
  expect(await signer.sign(statement, next!)).toMatchObject({ dsseEnvelope: {} })
})

test('a key that was made since is found without a restart, and the one before it still signs', async () => {
  const signer = await createCommandSigner(kms.program, 0)
  const [before] = await signer.keys()
  await kms.addKey()
  const [next, ...others] = await signer.keys()
  expect(others).toEqual([before])
  expect(next?.id).not.toBe(before?.id)
  for (const key of [before!, next!]) {
    expect((await signer.sign(statement, key)).verificationMaterial).toEqual({ publicKey: { hint: key.id } })
  }
})

test('it gets the bytes on its standard input, the name of the key as an argument, and no variable of ours (A21)', async () => {
  const { key, sign } = await signing()
  await kms.replace(
    `printf '%s\\n' "$@" > ${kms.folder}/arguments; env > ${kms.folder}/environment; cat > ${kms.folder}/input`,
  )
  process.env['LOCKFLIGHT_TEST_SECRET'] = 'do not pass on'
  await refusalOf(sign())
  delete process.env['LOCKFLIGHT_TEST_SECRET']
  const read = (name: string) => readFile(join(kms.folder, name), 'utf8')
  expect(await read('arguments')).toBe(`sign\n${key.id}\n`)
  expect(await read('input')).toMatch(/^DSSEv1 28 application\/vnd\.in-toto\+json \d+ \{"_type"/)
  expect(await read('environment')).not.toMatch(/do not pass on|LOCKFLIGHT|DATABASE_URL/)
})

test('whoever looks whether it works does not ask it every time', async () => {
  const { signer, key, sign } = await signing()
  await sign()
  await kms.replace(`echo called >> ${kms.folder}/calls; exit 1`)
  await signer.check(key)
  await refusalOf(sign())
  await refusalOf(signer.check(key))
  expect(await readFile(join(kms.folder, 'calls'), 'utf8')).toBe('called\ncalled\n')
})

test('one that takes too long is ended, with everything it started', async () => {
  await kms.replace(`sleep 1000 & echo $! > ${kms.folder}/child; wait`)
  const refusal = await refusalOf(runProgram({ program: kms.program, arguments: [], limitSeconds: 1 }))
  expect(refusal.message).toContain('took longer than 1 s')
  const child = Number(await readFile(join(kms.folder, 'child'), 'utf8'))
  await expect.poll(() => isRunning(child)).toBe(false)
})

test('what it leaves behind ends with it', async () => {
  await kms.replace(`(sleep 1000 & echo $! > ${kms.folder}/child); echo done`)
  expect(await runProgram({ program: kms.program, arguments: [], limitSeconds: 20 })).toBe('done\n')
  const child = Number(await readFile(join(kms.folder, 'child'), 'utf8'))
  await expect.poll(() => isRunning(child)).toBe(false)
})

test('one that lets something run on outside its group is not waited for', async () => {
  const pid = join(kms.folder, 'child')
  await kms.replace(`setsid bash -c 'echo $$ > ${pid}; exec sleep 1000' & until [ -s ${pid} ]; do :; done; echo done`)
  const call = { program: kms.program, arguments: [], limitSeconds: 20 }
  expect(await runProgram(call)).toBe('done\n')
  process.kill(Number(await readFile(pid, 'utf8')))
})

async function isRunning(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return !/\) Z/.test(state)
}
