import { fork } from 'node:child_process'
import { extname, join } from 'node:path'
import type { EndSignal, JobStart, LauncherReply, LauncherRequest } from './launcher-messages.ts'

/** Starts processes for the server; see launcher.ts. */
export interface Launcher {
  /** False once its process has ended; then everything it was asked for has failed. */
  readonly alive: boolean
  /** Runs a short command to its end; rejects with what it printed when it fails. */
  run(command: string[]): Promise<void>
  start(job: JobStart): Promise<StartedJob>
  /** Ends the launcher and with it every job. */
  close(): Promise<void>
}

/** A job that runs, or has run. */
export interface StartedJob {
  /** Resolves when nothing of the job runs any more. */
  ended: Promise<JobEnd>
  /** Sends the signal to the job's process group; `SIGKILL` reaches everything it started. */
  end(signal: EndSignal): void
}

/** How the first process of a job ended: with a code or by a signal. */
export interface JobEnd {
  code: number | null
  signal: string | null
}

type Hear = (reply: LauncherReply) => void

/** Starts a launcher with nothing of the server's environment but PATH. */
export function startLauncher(path: string): Launcher {
  const program = join(import.meta.dirname, `launcher${extname(import.meta.filename)}`)
  // A group of its own: Ctrl-C in a terminal is for the server, which then ends its jobs in order.
  const child = fork(program, { env: { PATH: path }, execArgv: [], detached: true })
  const waiting = new Map<string, Hear>()
  let alive = true
  let count = 0

  const exited = new Promise<void>((resolve) => {
    const end = (message: string) => {
      alive = false
      for (const [id, hear] of waiting) hear({ kind: 'failed', id, message })
      resolve()
    }
    child.once('exit', () => end('the process that starts jobs was killed'))
    child.once('error', (error) => end(error.message))
  })
  child.on('message', (reply: LauncherReply) => waiting.get(reply.id)?.(reply))
  child.unref()

  // Whether it arrives shows in the answer, or in the launcher's end.
  const ask = (request: LauncherRequest) => void child.send(request, () => undefined)
  /** Only what is being waited for keeps the server's process alive. */
  const listen = (hear: Hear): string => {
    const id = String(count++)
    waiting.set(id, hear)
    child.channel?.ref()
    return id
  }
  const unlisten = (id: string) => {
    waiting.delete(id)
    if (waiting.size === 0) child.channel?.unref()
  }
  child.channel?.unref()

  return {
    get alive() {
      return alive
    },

    run: (command) =>
      new Promise((resolve, reject) => {
        const id = listen((reply) => {
          unlisten(reply.id)
          if (reply.kind === 'ran' && reply.code === 0) resolve()
          else reject(new Error(`${command[0] ?? ''} failed: ${wordsOf(reply)}`))
        })
        ask({ kind: 'run', id, command })
      }),

    start: (job) =>
      new Promise((resolve, reject) => {
        const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<JobEnd>()
        // Whoever started the job waits for its end; until then a failure is kept for them.
        ended.catch(() => undefined)
        const id = listen((reply) => {
          if (reply.kind === 'started') return resolve({ ended, end: (signal) => ask({ kind: 'end', id, signal }) })
          unlisten(reply.id)
          if (reply.kind === 'ended') return end({ code: reply.code, signal: reply.signal })
          const error = new Error(wordsOf(reply))
          reject(error)
          fail(error)
        })
        ask({ kind: 'start', id, ...job })
      }),

    async close() {
      if (child.connected) child.disconnect()
      child.ref()
      await exited
    },
  }
}

function wordsOf(reply: LauncherReply): string {
  if (reply.kind === 'failed') return reply.message
  return reply.kind === 'ran' ? reply.output.trim() : reply.kind
}
