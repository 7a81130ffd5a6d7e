import { execFile, type ExecFileException } from 'node:child_process'
import { dirname } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import { credentialEnvironment, type Credentials } from './credentials.ts'

/** Where and how one git command runs. */
export interface GitCall {
  /** Where git runs, and the only place it looks for a repository. */
  folder: string
  /** `network` fetches with this user's credentials, `local` copies between folders; without, git reads and writes here only. */
  reach?: 'network' | 'local'
  credentials?: Credentials | null
  limitBytes?: number
  /** How long it may take; 15 minutes when absent. */
  timeoutSeconds?: number
}

/** What git printed, or why it failed, without what stands before the host of a URL. */
export type GitAnswer = { ok: true; output: Buffer } | { ok: false; message: string }

/** Runs git; a git that is missing, or that finds no room, is a refusal, any other failure is an answer. */
export type Git = (args: string[], call: GitCall) => Promise<GitAnswer>

const longestSeconds = 15 * 60
const outputLimitBytes = 16 * 1024 ** 2
/** Of what was said before git gave up. */
const mostLinesBefore = 3
const mostCharactersBefore = 400

/** What a repository's own settings must not decide. */
const settings = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.autocrlf': 'false',
  'core.symlinks': 'true',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'protocol.version': '2',
  'http.lowSpeedLimit': '1000',
  'http.lowSpeedTime': '60',
}
const configured = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])

const protocols = { network: 'https:http:ssh', local: 'file', none: '' }
const forNetwork = ['HOME', 'SSH_AUTH_SOCK', 'http_proxy', 'https_proxy', 'HTTPS_PROXY', 'no_proxy', 'NO_PROXY']
const forAll = ['PATH', 'TMPDIR']

/** Git without a shell, a terminal, hooks, filters or the system's settings. `settingsFile` stands in for the user's settings wherever their credentials are not needed. */
export function createGit(settingsFile: string): Git {
  return (args, { folder, reach, credentials, limitBytes = outputLimitBytes, timeoutSeconds = longestSeconds }) => {
    const env = {
      ...inherited(reach === 'network' ? [...forAll, ...forNetwork] : forAll),
      ...(reach === 'network' ? {} : { GIT_CONFIG_GLOBAL: settingsFile }),
      LC_ALL: 'C',
      GIT_ALLOW_PROTOCOL: protocols[reach ?? 'none'],
      GIT_CEILING_DIRECTORIES: dirname(folder),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=20',
      GIT_TERMINAL_PROMPT: '0',
      ...(credentials ? credentialEnvironment(credentials) : {}),
    }
    const options = { cwd: folder, env, maxBuffer: limitBytes, timeout: timeoutSeconds * 1000 }
    return new Promise((resolve, reject) => {
      execFile('git', [...configured, ...args], { ...options, encoding: 'buffer' }, (error, output, complaint) => {
        if (!error) return resolve({ ok: true, output })
        const message = firstComplaint(withoutCredentials(complaint.toString())) || withoutCredentials(error.message)
        const outage = outageOf(error, message, timeoutSeconds)
        if (outage) reject(new Refusal('unavailable', outage, { cause: error }))
        else resolve({ ok: false, message })
      })
    })
  }
}

function inherited(names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

/** What git complained about, in one line; where git only says that nobody answered, with what ssh or the other side said before. */
function firstComplaint(text: string): string {
  const lines = text.split('\n').flatMap((line) => line.replaceAll(/\p{Cc}|\p{Cf}/gu, ' ').trim() || [])
  const fatal = lines.findIndex((line) => line.startsWith('fatal: '))
  const complaint = (lines[fatal] ?? lines.at(-1) ?? '').replace(/^(fatal|error): /, '')
  if (!/Could not read from remote repository|hung up unexpectedly/.test(complaint)) return complaint
  const before = lines.slice(0, fatal).slice(-mostLinesBefore).join('; ')
  const end = before.length > mostCharactersBefore ? `…${before.slice(-mostCharactersBefore)}` : before
  return end === '' ? complaint : `${complaint.replace(/\.$/, '')}: ${end}`
}

function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]*@/g, '//')
}

function outageOf(error: ExecFileException, message: string, timeoutSeconds: number): string | null {
  if (error.code === 'ENOENT') return 'git is not installed here: install it and try again'
  if (error.killed && error.signal) return `git took longer than ${timeoutSeconds} s and was ended`
  return message.includes('No space left on device') ? `git: ${message}` : null
}
