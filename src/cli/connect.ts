import type { Credential, Home } from '../core/home.ts'
import { Refusal } from '../core/refusal.ts'
import { readLogins } from './logins.ts'
import { readJson } from './read-file.ts'
import { runningServer } from './running-server.ts'

interface ConnectOptions {
  /** The value of --server. */
  server: string | undefined
  home: Home
  say: (text: string) => void
}

/** The server to talk to and the token for it: the one that was asked for or logged in to, or the one of this machine, started when it does not run. */
export async function connect({ server, home, say }: ConnectOptions): Promise<Credential> {
  const { env } = process
  const logins = readLogins(home)
  const chosen = server ?? (env['LOCKFLIGHT_SERVER'] || logins.current)
  const url = chosen ?? (runningServer(home) ?? (await start(home, say))).url
  const token = env['LOCKFLIGHT_TOKEN'] || logins.tokens[url] || ownToken(home, url)
  if (token) return { url, token }
  throw new Refusal('unauthenticated', `expected a token for ${url}; found none`)
}

function ownToken(home: Home, url: string): string | undefined {
  const credential = readJson(home.credentialsFile) as Credential | undefined
  return credential?.url === url ? credential.token : undefined
}

async function start(home: Home, say: (text: string) => void): Promise<{ url: string }> {
  const { startInBackground } = await import('./start-in-background.ts')
  return startInBackground(home, say)
}
