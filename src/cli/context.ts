import type { Client } from '../client.ts'
import type { Home } from '../core/home.ts'
import type { Look } from './look.ts'
import type { CliParts } from './parts.ts'

/** The options every command takes. */
export interface GlobalOptions {
  json?: boolean | undefined
  server?: string | undefined
  project?: string | undefined
}

/** What a command may use. */
export interface Context {
  json: boolean
  /** Absolute. */
  folder: string
  home: Home
  parts: CliParts
  look: Look
  /** True when there is a person at a terminal who can be asked. */
  isInteractive: () => boolean
  /** The project that --project, LOCKFLIGHT_PROJECT or the nearest lockflight.yaml names. */
  project(): Promise<string>
  /** A client of the server, which is started when none runs. */
  client(): Promise<Client>
  /** Calls the server; without --json the answer is made safe to print. */
  ask<Answer>(work: (client: Client) => Promise<Answer>): Promise<Answer>
  /** The result, on stdout: as JSON with --json, as the view shows it without. */
  show: <Answer>(answer: Answer, view: (answer: Answer, look: Look) => string) => void
  /** Progress for people, on stderr. */
  say: (text: string) => void
  /** Aborts at the first Ctrl-C or SIGTERM, with that signal as its reason; from then on a second one ends the process at once. Without a call to this, the first one does. */
  interruption(): AbortSignal
}
