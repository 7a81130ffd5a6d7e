import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { Unpack } from 'tar'
import { Refusal } from '../core/refusal.ts'
import { archiveLimits, archiveRules, sizeRule, type ArchiveEntry, type ArchiveLimits } from './archive-rules.ts'

/** Unpacks a tar file, gzipped or not, into a folder that does not exist yet and appears only when all of it is there. Refuses what is unsafe, too large, damaged or empty, and leaves nothing behind then. */
export async function unpack(archive: string, folder: string, limits: ArchiveLimits = archiveLimits): Promise<void> {
  const draft = `${folder}.draft`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true, mode: 0o700 })
  try {
    await unpackInto(draft, archive, limits)
    await rename(draft, folder)
  } catch (error) {
    // Files still being written when the archive was refused may appear for a moment.
    await rm(draft, { recursive: true, force: true, maxRetries: 5 })
    throw error
  }
}

async function unpackInto(folder: string, archive: string, limits: ArchiveLimits): Promise<void> {
  const { size } = await stat(archive)
  const count = sizeRule(limits, size)
  const source = createReadStream(archive, { highWaterMark: 1 << 18 })
  const packed = await isGzip(archive)
  const consume = async (chunks: AsyncIterable<Buffer>) => extract(chunks, { folder, limits, count })
  try {
    await (packed ? pipeline(source, createGunzip(), consume) : pipeline(source, consume))
  } catch (error) {
    if (error instanceof Error && isDamage(error)) damaged(error.message)
    throw error
  }
}

async function extract(
  chunks: AsyncIterable<Buffer>,
  { folder, limits, count }: { folder: string; limits: ArchiveLimits; count: (bytes: number) => void },
): Promise<void> {
  const check = archiveRules(limits)
  let entries = 0
  let complete = false
  let skipped: ArchiveEntry | undefined
  const filter = (entry: ArchiveEntry) => {
    check(entry)
    entries += 1
    return true
  }
  // `zstd: false`: the size rule sees one layer of packing, so there may be no second one inside.
  const target = new Unpack({
    cwd: folder,
    strict: true,
    zstd: false,
    preserveOwner: false,
    filter: (_, entry) => filter(entry as ArchiveEntry),
  })
  target.on('error', () => {}) // the first one rejects `closed`, later ones say nothing new
  target.on('ignoredEntry', (entry: ArchiveEntry) => (skipped ??= entry))
  target.on('eof', () => (complete = true))
  const closed = once(target, 'close')
  closed.catch(() => {})

  let begun = false
  for await (const chunk of chunks) {
    if (!begun && chunk[0] === 0x1f) damaged('it is packed twice')
    begun = true
    count(chunk.length)
    if (!target.write(chunk)) await Promise.race([once(target, 'drain'), closed])
    if (skipped) check(skipped)
  }
  target.end()
  await closed
  if (skipped) check(skipped)
  if (!complete) damaged('its end is missing')
  if (entries === 0) damaged('it is empty')
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.readUInt16BE() === 0x1f8b
  } finally {
    await handle.close()
  }
}

function isDamage(error: Error): boolean {
  return 'code' in error && /^(Z|TAR)_/.test(String(error.code))
}

function damaged(why: string): never {
  throw new Refusal('unprocessable', `expected the archive to be a whole tar file: ${why}`, {
    reason: 'archive_damaged',
  })
}
