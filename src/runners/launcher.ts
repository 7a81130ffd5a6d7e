import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import type { EndSignal, LauncherReply, LauncherRequest, Leftovers } from './launcher-messages.ts'
import { sendSignal } from '../processes/send-signal.ts'
import { childrenOf, killLeftovers, killOnce } from './leftovers.ts'

/*
 * A process of its own that starts all jobs: starting a process takes longer the more memory the starting one has, and
 * the server has a lot. When the server is gone, however it ended, the launcher kills its jobs and ends too.
 */

interface Running {
  child: ChildProcess
  leftovers: Leftovers
}
type Start = Extract<LauncherRequest, { kind: 'start' }>

const lastTries = 100
const running = new Map<string, Running>()

process.on('message', (request: LauncherRequest) => {
  switch (request.kind) {
    case 'start':
      void start(request).catch((error: unknown) => tell({ kind: 'failed', id: request.id, message: String(error) }))
      break
    case 'run':
      run(request.id, request.command)
      break
    case 'end':
      end(running.get(request.id), request.signal)
  }
})

process.on('disconnect', () => {
  for (const job of running.values()) {
    end(job, 'SIGKILL')
    for (let n = 0; n < lastTries && killOnce(job.leftovers); n++);
  }
  process.exit()
})

async function start({ id, command, log, fields, leftovers }: Start): Promise<void> {
  const [program = '', ...args] = command
  await using given = await namelessFile(`${log}.fields`, fields)
  await using output = await open(log, constants.O_WRONLY)
  const child = spawn(program, args, { detached: true, stdio: ['ignore', output.fd, output.fd, given.fd] })
  running.set(id, { child, leftovers })
  child.once('exit', (code, signal) => void finish(id, leftovers, code, signal))
  await once(child, 'spawn')
  tell({ kind: 'started', id })
}

async function finish(id: string, leftovers: Leftovers, code: number | null, signal: string | null): Promise<void> {
  await killLeftovers(leftovers)
  running.delete(id)
  tell({ kind: 'ended', id, code, signal })
}

function run(id: string, [program = '', ...args]: string[]): void {
  // Not a pipe of Node's for standard input: that is a socket, and bash reads ~/.bashrc when it finds one there.
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  child.once('error', (error) => tell({ kind: 'failed', id, message: error.message }))
  child.once('close', (code) => tell({ kind: 'ran', id, code, output }))
}

/** Asks the whole group to end, or kills it. A namespace is killed by its first process alone, so that the one that waits for it still tells when all is gone. */
function end(job: Running | undefined, signal: EndSignal): void {
  const pid = job?.child.pid
  if (pid === undefined) return
  const first = signal === 'SIGKILL' && job?.leftovers.kind === 'namespace' ? childrenOf(pid) : null
  if (first && first.length > 0) for (const child of first) sendSignal(child, signal)
  else sendSignal(-pid, signal)
}

/** A file for reading that no one else can open: it holds secrets. */
async function namelessFile(path: string, text: string): Promise<FileHandle> {
  const file = await open(path, 'wx+', 0o600)
  await rm(path)
  await file.write(text, 0)
  return file
}

function tell(reply: LauncherReply): void {
  if (process.connected) process.send?.(reply)
}
