import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Header, Pax } from 'tar'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { archiveLimits } from './archive-rules.ts'
import { unpack } from './unpack.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-unpack-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

interface Entry {
  path: string
  type?: 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'BlockDevice' | 'FIFO' | 'Directory'
  linkpath?: string
  mode?: number
  devmaj?: number
  devmin?: number
  body?: string
}

test.each([
  ['plain', []],
  ['gzipped', ['-z']],
])('a %s archive made by tar arrives whole, modes and inner links included', async (_, flags) => {
  const source = join(folder, 'source')
  await mkdir(join(source, 'bin'), { recursive: true })
  await writeFile(join(source, 'bin/run.sh'), '#!/bin/sh\n', { mode: 0o755 })
  await writeFile(join(source, 'ä b.txt'), 'text')
  await symlink('bin/run.sh', join(source, 'start'))
  await symlink('../ä b.txt', join(source, 'bin/up'))
  execFileSync('ln', [join(source, 'ä b.txt'), join(source, 'same')])
  execFileSync('tar', ['-c', ...flags, '-f', join(folder, 'a.tar'), '-C', source, '.'])

  await unpack(join(folder, 'a.tar'), join(folder, 'out'))
  expect((await readdir(join(folder, 'out'))).toSorted()).toEqual(['bin', 'same', 'start', 'ä b.txt'])
  expect((await stat(join(folder, 'out/start'))).mode & 0o777).toBe(0o755)
  expect(await readFile(join(folder, 'out/bin/up'), 'utf8')).toBe('text')
  expect(await readFile(join(folder, 'out/same'), 'utf8')).toBe('text')
})

const unsafe: [string, Entry[]][] = [
  ['a path that climbs out', [{ path: '../evil', body: 'x' }]],
  ['a path that climbs out in the middle', [{ path: 'a/../../evil', body: 'x' }]],
  ['an absolute path', [{ path: '/tmp/lockflight-evil', body: 'x' }]],
  ['a path with backslashes', [{ path: '..\\evil', body: 'x' }]],
  ['a path that turns the reading direction', [{ path: 'a‮txt.exe', body: 'x' }]],
  ['a name with a control character', [{ path: 'a\u0001b', body: 'x' }]],
  ['a name longer than a file system takes', [{ path: 'n'.repeat(300), body: 'x' }]],
  ['a path longer than a system takes', [{ path: 'folder/'.repeat(200) + 'file', body: 'x' }]],
  ['a link to the outside', [{ path: 'out', type: 'SymbolicLink', linkpath: '../..' }]],
  ['a link to an absolute path', [{ path: 'out', type: 'SymbolicLink', linkpath: '/etc' }]],
  [
    'a file through a link',
    [
      { path: 'in', type: 'SymbolicLink', linkpath: 'real' },
      { path: 'in/evil', body: 'x' },
    ],
  ],
  [
    'a file through a file',
    [
      { path: 'in', body: 'x' },
      { path: 'in/evil', body: 'x' },
    ],
  ],
  ['a hard link to the outside', [{ path: 'passwd', type: 'Link', linkpath: '/etc/passwd' }]],
  [
    'a hard link to a later file',
    [
      { path: 'first', type: 'Link', linkpath: 'second' },
      { path: 'second', body: 'x' },
    ],
  ],
  [
    'a hard link to a link',
    [
      { path: 'to', type: 'SymbolicLink', linkpath: 'x' },
      { path: 'from', type: 'Link', linkpath: 'to' },
    ],
  ],
  ['a character device', [{ path: 'null', type: 'CharacterDevice', devmaj: 1, devmin: 3 }]],
  ['a block device', [{ path: 'disk', type: 'BlockDevice', devmaj: 8, devmin: 0 }]],
  ['a FIFO', [{ path: 'pipe', type: 'FIFO' }]],
  ['a set-user-id file', [{ path: 'root', mode: 0o4755, body: 'x' }]],
  ['a set-group-id file', [{ path: 'group', mode: 0o2755, body: 'x' }]],
  [
    'the same file twice',
    [
      { path: 'twice', body: 'x' },
      { path: './twice', body: 'y' },
    ],
  ],
  [
    'a file in place of a folder',
    [
      { path: 'dir', type: 'Directory' },
      { path: 'dir', body: 'x' },
    ],
  ],
  [
    'names that differ only in case',
    [
      { path: 'Read', body: 'x' },
      { path: 'read', body: 'y' },
    ],
  ],
]

test.each(unsafe)('A17 %s is refused, and nothing of the archive stays', async (_, entries) => {
  await writeFile(join(folder, 'a.tgz'), gzipSync(archive([{ path: 'before', body: 'x' }, ...entries])))
  await expect(unpack(join(folder, 'a.tgz'), join(folder, 'out'))).rejects.toMatchObject({ reason: 'archive_unsafe' })
  expect(await readdir(folder)).toEqual(['a.tgz'])
})

test('A17 a name or a link with a NUL ends there, as for every program that reads it', async () => {
  const link = { path: 'ö', type: 'SymbolicLink', linkpath: 'ä\0/../../..' } as const
  await writeFile(join(folder, 'a.tar'), archive([{ path: 'ä\0/../../evil', body: 'x' }, link]))
  await unpack(join(folder, 'a.tar'), join(folder, 'out'))
  expect((await readdir(join(folder, 'out'))).toSorted()).toEqual(['ä', 'ö'])
  expect(await readFile(join(folder, 'out', 'ö'), 'utf8')).toBe('x')
  expect((await readdir(folder)).toSorted()).toEqual(['a.tar', 'out'])
})

test('A17 an escaped name is only a name', async () => {
  await writeFile(join(folder, 'a.tar'), archive([{ path: '%2e%2e', body: 'x' }]))
  await unpack(join(folder, 'a.tar'), join(folder, 'out'))
  expect(await readdir(join(folder, 'out'))).toEqual(['%2e%2e'])
})

test('A18 an archive that unpacks to too much ends at the limit, long before its end', async () => {
  const bomb = gzipSync(archive([{ path: 'zeros', body: '\0'.repeat(80 * 2 ** 20) }]))
  await writeFile(join(folder, 'a.tgz'), bomb)
  const started = performance.now()
  await expect(unpack(join(folder, 'a.tgz'), join(folder, 'out'))).rejects.toThrow(/at most 200 times its packed size/)
  await expect(unpack(join(folder, 'a.tgz'), join(folder, 'out'), { ...archiveLimits, bytes: 1000 })).rejects.toThrow(
    /at most 1000 bytes/,
  )
  expect(performance.now() - started).toBeLessThan(10_000)
  expect(await readdir(folder)).toEqual(['a.tgz'])
})

test('A18 an archive with too many entries, or packed twice, is refused', async () => {
  const many = archive(Array.from({ length: 20 }, (_, index) => ({ path: `f${index}`, body: '' })))
  await writeFile(join(folder, 'many.tgz'), gzipSync(many))
  await writeFile(join(folder, 'twice.tgz'), gzipSync(gzipSync(many)))
  await expect(
    unpack(join(folder, 'many.tgz'), join(folder, 'out'), { ...archiveLimits, entries: 10 }),
  ).rejects.toMatchObject({ code: 'too_large' })
  await expect(unpack(join(folder, 'twice.tgz'), join(folder, 'out'))).rejects.toThrow(/packed twice/)
})

test('an archive that is cut off anywhere, or none at all, is refused', async () => {
  const whole = archive([
    { path: 'a', body: 'x'.repeat(3000) },
    { path: 'b', body: 'y'.repeat(3000) },
  ])
  const packed = gzipSync(whole)
  const broken = [
    packed.subarray(0, packed.length - 9),
    packed.subarray(0, packed.length >> 1),
    whole.subarray(0, 1000),
    whole.subarray(0, whole.length - 1024),
    Buffer.from('this is no archive'),
    Buffer.alloc(0),
    Buffer.alloc(1024),
    gzipSync(Buffer.alloc(1024)),
  ]
  for (const [index, bytes] of broken.entries()) {
    const file = join(folder, 'broken.tgz')
    await writeFile(file, bytes)
    await expect(unpack(file, join(folder, 'out')), `case ${index}`).rejects.toMatchObject({
      reason: 'archive_damaged',
    })
    expect(await readdir(folder)).toEqual(['broken.tgz'])
  }
})

test('an entry of an unknown kind is refused rather than left out', async () => {
  const bytes = archive([{ path: 'sparse', body: 'x' }])
  bytes.write('S', 156)
  bytes.write('        ', 148)
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  await writeFile(join(folder, 'a.tar'), bytes)
  await expect(unpack(join(folder, 'a.tar'), join(folder, 'out'))).rejects.toMatchObject({ reason: 'archive_unsafe' })
})

/** A tar file with exactly these entries, however unsafe. */
function archive(entries: Entry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocks), Buffer.alloc(1024)])
}

function blocks({ body = '', ...entry }: Entry): Buffer[] {
  const header = Buffer.alloc(512)
  const fields = { mode: 0o644, type: 'File', mtime: new Date(0), ...entry, size: body.length } as const
  const needsPax = new Header(fields).encode(header)
  const padding = Buffer.alloc((512 - (body.length % 512)) % 512)
  return [...(needsPax ? [new Pax(fields).encode()] : []), header, Buffer.from(body, 'latin1'), padding]
}
