import { readVkey, type VerifierKey } from './note.ts'
import { urlProblem } from './outside-url.ts'

/** A witness: where it answers, and the key it gave out. */
export interface WitnessSetting {
  url: string
  key: VerifierKey
}

/** A place that checkpoints are brought to, as the operator names it. */
export type SinkSetting =
  | { use: 'file'; file: string }
  | { use: 'git'; repository: string; branch: string }
  | { use: 'webhook'; url: string }

/** Where checkpoints go, and what of that is needed. */
export interface SinkSettings {
  witnesses: WitnessSetting[]
  /** How many witnesses have to cosign for the server to call itself ready; nothing waits for them. */
  witnessesNeeded: number
  sinks: SinkSetting[]
  /** What webhooks are signed with; null when there are none. */
  webhookKey: Uint8Array | null
  /** How long checkpoints are gathered before the newest goes to a file, a repository or a webhook. */
  gatherSeconds: number
}

/** Reads `name+id+key https://witness.example.org`; or says what is wrong. */
export function readWitnessSetting(text: string): WitnessSetting | { problem: string } {
  const [, vkey = '', address = ''] = /^(\S+) +(\S+)$/.exec(text.trim()) ?? []
  const key = readVkey(vkey, 'cosignature')
  if (!key) return { problem: 'expected the key of a witness, name+id+base64, a blank and its address' }
  const problem = urlProblem(address)
  return problem === null ? { url: address.replace(/\/$/, ''), key } : { problem }
}

/** Reads `file:/path`, `git:/path#branch`, `git:https://…#branch` or `webhook:https://…`; or says what is wrong. */
export function readSinkSetting(text: string): SinkSetting | { problem: string } {
  const [, use, rest = ''] = /^(file|git|webhook):(.+)$/.exec(text) ?? []
  if (use === 'file' && /^\/.*[^/]$/.test(rest)) return { use, file: rest }
  if (use === 'git') {
    const [, repository, branch = 'checkpoints'] = /^([^#]+)(?:#([A-Za-z0-9][A-Za-z0-9._/-]*))?$/.exec(rest) ?? []
    if (repository !== undefined && !/\.\.|\/\/|\.lock$|[./]$/.test(branch)) return { use, repository, branch }
  }
  if (use === 'webhook') {
    const problem = urlProblem(rest)
    return problem === null ? { use, url: rest } : { problem }
  }
  return { problem: 'expected file:/path, git:/path#branch, git:https://…#branch or webhook:https://…' }
}
