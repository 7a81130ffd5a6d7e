import { realpathSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { Refusal } from '../core/refusal.ts'

/** Where a repository is. `name` is how it is stored and shown: never with a password. */
export type RepositoryAddress =
  | { kind: 'local'; name: string; folder: string }
  | { kind: 'remote'; name: string; url: string }

const schemes = new Set(['https:', 'http:', 'ssh:'])

/** Reads a git URL (https, http, ssh, or `user@host:path`) or an absolute local path; everything else git would understand (`ext::`, `file:`, options) is refused. */
export function readAddress(repository: string): RepositoryAddress {
  if (repository.startsWith('-') || /\p{Cc}|\p{Cf}/u.test(repository) || repository.includes('::'))
    throw refused(repository)
  if (isAbsolute(repository)) {
    const folder = resolved(repository)
    return { kind: 'local', name: folder, folder }
  }
  return { kind: 'remote', name: withoutCredentials(repository), url: repository }
}

/** The one answer for every path without a repository, whatever else is there, so that nobody learns what is. */
export function noRepositoryAt(folder: string): Refusal {
  return new Refusal('not_found', `no git repository to read at ${folder}; give the folder that has .git in it`)
}

function resolved(folder: string): string {
  try {
    const real = realpathSync(folder)
    if (statSync(real).isDirectory()) return real
  } catch {
    // What is missing and what may not be looked at are the same to whoever asks.
  }
  throw noRepositoryAt(folder)
}

function withoutCredentials(repository: string): string {
  // The short form of ssh carries a user name and cannot carry a password.
  if (/^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)(?!-)\S+$/.test(repository)) return repository
  const url = URL.canParse(repository) ? new URL(repository) : null
  if (!url || !schemes.has(url.protocol) || !url.hostname || url.hostname.startsWith('-')) throw refused(repository)
  url.password = ''
  if (url.protocol !== 'ssh:') url.username = ''
  url.search = ''
  url.hash = ''
  return url.href
}

function refused(repository: string): Refusal {
  const found = repository.replaceAll(/\p{Cc}|\p{Cf}/gu, '?').replace(/\/\/[^/@]*@/, '//…@')
  return new Refusal('invalid', `repository: expected an https or ssh URL or an absolute path, found ${found}`)
}
