import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { digestOf } from '../core/digest.ts'
import { createFileArtifacts } from './file-artifacts.ts'

const run = promisify(execFile)
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-artifacts-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const storeAt = (limitBytes?: number) =>
  createFileArtifacts({ folder: join(folder, 'store'), ...(limitBytes === undefined ? {} : { limitBytes }) })

async function file(name: string, bytes: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}

async function stored(): Promise<string[]> {
  const entries = await readdir(join(folder, 'store'), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

test('a file is kept under its digest and comes back byte for byte, however large', async () => {
  const store = storeAt()
  for (const size of [0, 1, 1024 ** 2, 3 * 1024 ** 2 + 17]) {
    const bytes = createHash('shake256', { outputLength: Math.max(size, 1) })
      .update(`${size}`)
      .digest()
      .subarray(0, size)
    const put = await store.put(await file('in', bytes))
    expect(put).toEqual({ digest: digestOf(bytes), sizeBytes: size })
    expect(Buffer.compare(Buffer.from(await store.read(put.digest, size)), bytes)).toBe(0)
    expect(await store.sha512(put.digest)).toBe(createHash('sha512').update(bytes).digest('hex'))
    const copy = join(folder, `copy-${size}`)
    await store.copyTo(put.digest, copy)
    expect(Buffer.compare(await readFile(copy), bytes)).toBe(0)
  }
})

test('the same bytes twice are one file, and nothing is left in the incoming folder', async () => {
  const store = storeAt()
  const { digest } = await store.put(await file('one', 'same'))
  await store.put(await file('two', 'same'))
  expect(await stored()).toEqual([digest.slice('sha256:'.length)])
})

test('a set-user-id bit and other rights do not survive (A17)', async () => {
  const path = await file('tool', 'x')
  await chmod(path, 0o4755)
  const store = storeAt()
  const { digest } = await store.put(path)
  await store.copyTo(digest, join(folder, 'copy'))
  expect((await stat(join(folder, 'copy'))).mode & 0o7111).toBe(0)
})

test('F28 a flipped byte is found on every way of reading, named by digest, and nothing is left behind', async () => {
  const store = storeAt()
  const { digest } = await store.put(await file('in', 'the bytes that were approved'))
  const hex = digest.slice('sha256:'.length)
  const place = join(folder, 'store', 'sha256', hex.slice(0, 2), hex)
  await chmod(place, 0o600)
  await writeFile(place, 'the bytes that were Approved')

  const refusal = { code: 'unprocessable', reason: 'artifact_corrupt', message: expect.stringContaining(digest) }
  await expect(store.read(digest, 1000)).rejects.toMatchObject(refusal)
  await expect(store.sha512(digest)).rejects.toMatchObject(refusal)
  const before = await readdir(folder)
  await expect(store.copyTo(digest, join(folder, 'copy'))).rejects.toMatchObject(refusal)
  expect(await readdir(folder)).toEqual(before)

  await store.put(await file('in', 'the bytes that were approved'))
  expect(Buffer.from(await store.read(digest, 1000)).toString()).toBe('the bytes that were approved')
})

test('a file that was cut short or grew is found too', async () => {
  const store = storeAt()
  const { digest } = await store.put(await file('in', 'abc'))
  const hex = digest.slice('sha256:'.length)
  const place = join(folder, 'store', 'sha256', hex.slice(0, 2), hex)
  await chmod(place, 0o600)
  for (const bytes of ['', 'ab', 'abcd']) {
    await writeFile(place, bytes)
    await expect(store.read(digest, 1000)).rejects.toMatchObject({ reason: 'artifact_corrupt' })
  }
})

test('A17 symbolic links, folders, FIFOs, sockets and devices are refused without being followed or waited for', async () => {
  const store = storeAt()
  await symlink('/etc/passwd', join(folder, 'link'))
  await mkdir(join(folder, 'folder'))
  await run('mkfifo', [join(folder, 'fifo')])
  const server = createServer().listen(join(folder, 'socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  const links = ['link', 'folder', 'fifo', 'socket'].map((name) => join(folder, name))
  for (const path of [...links, '/dev/zero']) {
    await expect(store.put(path)).rejects.toMatchObject({ code: 'unprocessable', reason: 'not_a_file' })
  }
  server.close()
  expect(await stored()).toEqual([])
})

test('a file above the limit is refused, on the way in and on the way out', async () => {
  const { digest } = await storeAt().put(await file('in', 'four'))
  await expect(storeAt(3).put(join(folder, 'in'))).rejects.toMatchObject({ code: 'too_large' })
  await expect(storeAt().read(digest, 3)).rejects.toMatchObject({ code: 'too_large' })
  expect(await stored()).toHaveLength(1)
})

test('an unknown digest is not found, and one that is no digest never becomes a path', async () => {
  const store = storeAt()
  await expect(store.read(digestOf('never stored'), 10)).rejects.toMatchObject({ code: 'not_found' })
  await expect(store.read('sha256:../../../../etc/passwd', 10)).rejects.toThrow(/sha256/)
})

test('copying never replaces a file that is there', async () => {
  const store = storeAt()
  const { digest } = await store.put(await file('in', 'new'))
  const existing = await file('existing', 'old')
  await expect(store.copyTo(digest, existing)).rejects.toMatchObject({ code: 'EEXIST' })
  expect(await readFile(existing, 'utf8')).toBe('old')
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['existing', 'in', 'store']))
  expect(await readdir(folder)).toHaveLength(3)
})

test('F12 on a full disk the upload is refused with the folder named, nothing half-done is visible, and what was there stays', async () => {
  const script = `
    import { createFileArtifacts } from ${JSON.stringify(new URL('./file-artifacts.ts', import.meta.url).href)}
    import { writeFileSync, readdirSync } from 'node:fs'
    writeFileSync('${folder}/small', 'small')
    writeFileSync('${folder}/big', Buffer.alloc(4 * 1024 * 1024, 7))
    const store = createFileArtifacts({ folder: '${folder}/full' })
    const { digest } = await store.put('${folder}/small')
    const refusal = await store.put('${folder}/big').then(() => null, (error) => error)
    const files = readdirSync('${folder}/full', { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    console.log(JSON.stringify({
      code: refusal?.code, message: refusal?.message, files: files.length,
      small: Buffer.from(await store.read(digest, 100)).toString(),
    }))`
  await mkdir(join(folder, 'full'))
  // A file system of two megabytes, in a mount namespace so that it works without being root.
  const { stdout } = await run('unshare', [
    '--user',
    '--map-root-user',
    '--mount',
    'bash',
    '-c',
    'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" --input-type=module-typescript -e "$3"',
    'bash',
    join(folder, 'full'),
    process.execPath,
    script,
  ])
  expect(JSON.parse(stdout)).toEqual({
    code: 'unavailable',
    message: expect.stringContaining(join(folder, 'full')),
    files: 1,
    small: 'small',
  })
})

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

test('bytes that arrive are kept under the digest they must have, and only whole', async () => {
  const store = storeAt(20)
  const digest = digestOf('one and two')
  expect(await store.putStream(pieces('one ', 'and ', 'two'), digest)).toEqual({ digest, sizeBytes: 11 })
  expect(await store.putStream(pieces('one and two'), digest)).toEqual({ digest, sizeBytes: 11 })
  expect(Buffer.from(await store.read(digest, 100)).toString()).toBe('one and two')
  const before = await stored()
  await expect(store.putStream(pieces('one', 'two'), digest)).rejects.toMatchObject({ reason: 'artifact_digest' })
  await expect(store.putStream(pieces('x'.repeat(15), 'x'.repeat(6)), digest)).rejects.toMatchObject({
    code: 'too_large',
  })
  async function* broken() {
    yield Buffer.from('one ')
    throw new Error('the line is dead')
  }
  await expect(store.putStream(broken(), digest)).rejects.toThrow('the line is dead')
  expect(await stored()).toEqual(before)
})
