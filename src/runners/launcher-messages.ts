/** What the server asks its launcher for. */
export type LauncherRequest =
  | ({ kind: 'start'; id: string } & JobStart)
  | { kind: 'end'; id: string; signal: EndSignal }
  | { kind: 'run'; id: string; command: string[] }

/** The two ways to end a job. */
export type EndSignal = 'SIGTERM' | 'SIGKILL'

/** A job to start. */
export interface JobStart {
  command: string[]
  /** A FIFO that is already open for reading; it becomes both output streams. */
  log: string
  /** What the job reads from descriptor 3, through a file that has no name. */
  fields: string
  leftovers: Leftovers
}

/** How to find what a job leaves running: its namespace ends with its first process; otherwise what runs as its user, or has its variable. */
export type Leftovers = { kind: 'namespace' } | { kind: 'user'; id: number } | { kind: 'variable'; assignment: string }

/** What the launcher answers; `ended` comes when nothing of the job runs any more. */
export type LauncherReply =
  | { kind: 'started'; id: string }
  | { kind: 'ended'; id: string; code: number | null; signal: string | null }
  | { kind: 'ran'; id: string; code: number | null; output: string }
  | { kind: 'failed'; id: string; message: string }
