import type { Home } from '../core/home.ts'
import { readJson } from './read-file.ts'

/** The servers someone logged in to. */
export interface Logins {
  /** The one commands go to; null means the server of this machine. */
  current: string | null
  /** By address. */
  tokens: Record<string, string>
}

/** What `lockflight login` has stored. */
export function readLogins(home: Home): Logins {
  return (readJson(loginsFile(home)) as Logins | undefined) ?? { current: null, tokens: {} }
}

/** Where they are stored. */
export function loginsFile(home: Home): string {
  return `${home.folder}/logins.json`
}
