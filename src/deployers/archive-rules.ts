import { posix } from 'node:path'
import { insidePath } from '../core/names.ts'
import { Refusal } from '../core/refusal.ts'

/** What a release's archive may grow to. */
export interface ArchiveLimits {
  entries: number
  /** Of all contents together, unpacked. */
  bytes: number
  /** Unpacked bytes for each packed one; small archives may exceed it. */
  ratio: number
}

/** Enough for a large service with its dependencies, and far from filling a disk. */
export const archiveLimits: ArchiveLimits = { entries: 100_000, bytes: 4 * 2 ** 30, ratio: 200 }

/** Below this size the ratio says nothing: a file of blanks packs well. */
const ratioFromBytes = 32 * 2 ** 20

/** What is looked at of one entry of an archive. */
export interface ArchiveEntry {
  path: string
  type: string
  mode?: number | undefined
  linkpath?: string | undefined
}

/** Looks at the entries of one archive in order and refuses what could write, link or execute outside its folder, or hide (A17). */
export function archiveRules(limits: ArchiveLimits): (entry: ArchiveEntry) => void {
  const kinds = new Map<string, string>()
  const spellings = new Set<string>()
  return (entry) => {
    const path = plain(entry.path)
    if (path === '.' && entry.type === 'Directory') return
    if (!insidePath.safeParse(path).success || path.split('/').some((part) => part.length > 255)) {
      refuse(entry, 'expected a relative path inside the release')
    }
    if (!allowed.has(entry.type)) refuse(entry, `expected files, folders and links, found ${entry.type}`)
    if (kinds.size >= limits.entries) refuse(entry, `expected at most ${limits.entries} entries`, 'too_large')
    if (entry.type !== 'Directory' && ((entry.mode ?? 0) & 0o6000) !== 0) refuse(entry, 'it would run as its owner')
    const through = parentsOf(path).find((parent) => (kinds.get(parent) ?? 'Directory') !== 'Directory')
    if (through) refuse(entry, `it goes through ${shown(through)}, which is not a folder`)
    const before = kinds.get(path)
    if (before === 'Directory' && entry.type === 'Directory') return
    const spelling = path.normalize('NFC').toLowerCase()
    if (before || spellings.has(spelling)) refuse(entry, 'there is another entry of that name')
    if (entry.type === 'SymbolicLink') demandInside(entry, posix.join(posix.dirname(path), entry.linkpath ?? ''))
    if (entry.type === 'Link' && kinds.get(plain(entry.linkpath ?? '')) !== 'File') {
      refuse(entry, `it links to ${shown(entry.linkpath ?? '')}, which is no earlier file of the archive`)
    }
    kinds.set(path, fileTypes.has(entry.type) ? 'File' : entry.type)
    spellings.add(spelling)
  }
}

/** Counts unpacked bytes and refuses at the first one too many, before it is written (A18). */
export function sizeRule(limits: ArchiveLimits, packedBytes: number): (bytes: number) => void {
  let total = 0
  return (bytes) => {
    total += bytes
    if (total > limits.bytes) refuseSize(`expected at most ${limits.bytes} bytes`)
    if (total > ratioFromBytes && total > packedBytes * limits.ratio) {
      refuseSize(`expected at most ${limits.ratio} times its packed size of ${packedBytes} bytes`)
    }
  }
}

const fileTypes = new Set(['File', 'OldFile', 'ContiguousFile'])
const allowed = new Set([...fileTypes, 'Directory', 'SymbolicLink', 'Link'])

function demandInside(entry: ArchiveEntry, end: string): void {
  const target = entry.linkpath ?? ''
  if (posix.isAbsolute(target) || !insidePath.safeParse(end).success) {
    refuse(entry, `it links to ${shown(target)}, outside the release`)
  }
}

function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function plain(path: string): string {
  const inner = path.split('/').filter((part, index) => part !== '.' && (part !== '' || index === 0))
  return inner.join('/') || '.'
}

function refuse(entry: ArchiveEntry, why: string, code: 'unprocessable' | 'too_large' = 'unprocessable'): never {
  throw new Refusal(code, `the archive may not hold ${shown(entry.path)}: ${why}`, { reason: 'archive_unsafe' })
}

function refuseSize(why: string): never {
  throw new Refusal('too_large', `the archive unpacks to too much: ${why}`, { reason: 'archive_too_large' })
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200))
}
