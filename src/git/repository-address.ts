import { realpathSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import type { Credentials } from './credentials.ts'

/** Where a repository is. `name` is how it is stored and shown, `url` how git is told; both never with a password. */
export type RepositoryAddress =
  | { kind: 'local'; name: string; folder: string }
  | { kind: 'remote'; name: string; url: string; credentials: Credentials | null }

const schemes = new Set(['https:', 'http:', 'ssh:'])

/** Reads a git URL (https, http, ssh, or `user@host:path`) or an absolute local path; everything else git would understand (`ext::`, `file:`, options) is refused. */
export function readAddress(repository: string): RepositoryAddress {
  if (repository.startsWith('-') || /\p{Cc}|\p{Cf}/u.test(repository) || repository.includes('::'))
    throw refused(repository)
  if (isAbsolute(repository)) {
    const folder = resolved(repository)
    return { kind: 'local', name: folder, folder }
  }
  return remote(repository)
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

function remote(repository: string): RepositoryAddress {
  // The short form of ssh carries a user name and cannot carry a password.
  if (/^(?:[\w.-]+@)?[\w.-]+:(?!\/\/)(?!-)\S+$/.test(repository)) {
    return { kind: 'remote', name: repository, url: repository, credentials: null }
  }
  const url = URL.canParse(repository) ? new URL(repository) : null
  if (!url || !schemes.has(url.protocol) || !url.hostname || url.hostname.startsWith('-')) throw refused(repository)
  const credentials = url.protocol === 'ssh:' ? null : credentialsIn(url, repository)
  url.password = ''
  if (url.protocol !== 'ssh:') url.username = ''
  const { href } = url
  url.search = ''
  url.hash = ''
  return { kind: 'remote', name: url.href, url: href, credentials }
}

function credentialsIn({ origin, username, password }: URL, repository: string): Credentials | null {
  if (username === '' && password === '') return null
  const given = decoded(username, password)
  if (!given || /\p{Cc}/u.test(given.join(''))) throw refused(repository)
  const [name = '', secret = ''] = given
  return { origin, username: name, password: secret }
}

function decoded(...texts: string[]): string[] | null {
  try {
    return texts.map(decodeURIComponent)
  } catch {
    return null
  }
}

function refused(repository: string): Refusal {
  const found = repository.replaceAll(/\p{Cc}|\p{Cf}/gu, '?').replace(/\/\/[^/@]*@/, '//…@')
  return new Refusal('invalid', `repository: expected an https or ssh URL or an absolute path, found ${found}`)
}
