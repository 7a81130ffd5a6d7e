// An `import` of these would evaluate all that they export, at some milliseconds for every command.
const { existsSync, readdirSync, readFileSync } = process.getBuiltinModule('node:fs')

/** One process on this machine, and never a later one that got the same number. */
export interface ProcessMark {
  pid: number
  /** Opaque; differs between two processes with the same number, also across restarts of the machine. */
  startedAt: string
}

interface Seen extends ProcessMark {
  group: number
  /** Ended, and only waiting for its parent to notice. */
  ended: boolean
}

const psColumns = 'pid=,pgid=,stat=,lstart='
const hasProc = existsSync('/proc/self/stat')
const bootId = hasProc ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : ''

/** A shell command that prints a mark of the shell it runs in; `readMark` reads it. */
export const markCommand = hasProc ? 'cat /proc/$$/stat' : `ps -o ${psColumns} -p $$`

/** The mark of a running process; null when there is none of that number. */
export function markOf(pid: number): ProcessMark | null {
  const seen = look(pid)
  return seen && !seen.ended ? { pid, startedAt: seen.startedAt } : null
}

/** The mark of this process. */
export function ownMark(): ProcessMark {
  const mark = markOf(process.pid)
  if (!mark) throw new Error(`expected to find this process, ${process.pid}, among those that run; found none`)
  return mark
}

/** A mark as one line to be kept in a file. */
export function markLine({ pid, startedAt }: ProcessMark): string {
  return `${pid} ${startedAt}`
}

/** The mark in such a line; one of no process when it is none. */
export function readMarkLine(line: string): ProcessMark {
  const [, pid, startedAt = ''] = /^([1-9]\d*) (\S.*)$/.exec(line.trimEnd()) ?? []
  return { pid: Number(pid ?? 0), startedAt }
}

/** What `markCommand` printed; null when it is not complete. */
export function readMark(text: string): ProcessMark | null {
  const seen = parse(text)
  return seen && { pid: seen.pid, startedAt: seen.startedAt }
}

/** True while that very process runs. */
export function isAlive({ pid, startedAt }: ProcessMark): boolean {
  const mark = markOf(pid)
  return mark !== null && mark.startedAt === startedAt
}

/** True while the process or anything it started in its group runs; the process must have been the group's first. */
export function isGroupAlive(leader: ProcessMark): boolean {
  const seen = look(leader.pid)
  if (seen && seen.startedAt !== leader.startedAt) return false
  if (seen && !seen.ended) return true
  return all().some(({ group, ended }) => group === leader.pid && !ended)
}

function look(pid: number): Seen | null {
  return parse(hasProc ? readProc(pid) : ps(['-p', String(pid)]))
}

function all(): Seen[] {
  const texts = hasProc
    ? readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [readProc(Number(name))] : []))
    : ps(['-A']).split('\n')
  return texts.flatMap((text) => parse(text) ?? [])
}

function parse(text: string): Seen | null {
  // Linux, proc_pid_stat(5): pid (name) state ppid pgrp … starttime is the 22nd; the name may hold blanks and brackets.
  const proc = /^(\d+) \(.*\) (\S) \d+ (\d+)((?: \S+)+)\s*$/s.exec(text)
  if (proc) {
    const startedAt = `${bootId} ${proc[4]?.trim().split(' ')[16]}`
    return { pid: Number(proc[1]), group: Number(proc[3]), ended: proc[2] === 'Z' || proc[2] === 'X', startedAt }
  }
  const row = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(text)
  return row && { pid: Number(row[1]), group: Number(row[2]), ended: row[3]?.[0] === 'Z', startedAt: row[4] ?? '' }
}

function readProc(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return '' // it ended before or while being read
  }
}

function ps(selection: string[]): string {
  try {
    return process.getBuiltinModule('node:child_process').execFileSync('ps', ['-o', psColumns, ...selection], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
  } catch (error) {
    if ((error as { status?: number }).status === 1) return '' // no such process
    throw error
  }
}
