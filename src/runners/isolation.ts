import { join } from 'node:path'
import type { JobStart, Leftovers } from './launcher-messages.ts'

/**
 * How a job is kept apart.
 * - `namespaces`: its own processes, mounts and users (see isolate.bash). It sees no other process, finds the hidden
 *   folders empty, can write only to its own area, and ends as a whole. It runs as this user without any capability;
 *   the network is shared.
 * - `user`: a user id of its own, for a root without the right to make namespaces (most containers). Other processes
 *   are visible but out of reach, hidden folders are closed by their permissions, what it leaves in /tmp stays.
 * - `none`: nothing but a process group and a mark in its environment. It can read whatever this user can, the
 *   signing key and the database included, and a process that clears its environment survives it.
 */
export const isolations = ['namespaces', 'user', 'none'] as const
export type Isolation = (typeof isolations)[number]

/** Where one job runs. */
export interface Place {
  /** The folder the job may write to, with `workspace`, `home`, `tmp`, `outputs` and `artifacts` in it. */
  area: string
  /** No two jobs of one process have the same. */
  number: number
}

/** What all jobs have in common. */
export interface Surroundings {
  path: string
  /** Folders and files that no job may see into. */
  hidden: string[]
  /** The same, where the isolation gives a job its own view of the disk; elsewhere their permissions have to do. */
  covered: string[]
}

/** One job's place as its isolation makes it. */
export interface Enclosure {
  /** The area as the job sees it. */
  area: string
  /** The folder for temporary files as the job sees it. */
  temporary: string
  /** The user that owns what the job writes. */
  owner: number
  leftovers: Leftovers
  /** Puts a command inside. */
  enclose(command: string[]): JobStart['command']
}

const isolate = join(import.meta.dirname, 'isolate.bash')
// Users of jobs get ids far above those of people, and different ones in every server of this machine.
const firstUser = 1_000_000_000
const usersPerServer = 256

const launch = ['setpriv', '--pdeathsig', 'KILL']
const withoutRights = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all']

/** Prepares a place under an isolation; whether it works here shows only when it is tried. */
export function enclosureOf(isolation: Isolation, place: Place, { path, hidden, covered }: Surroundings): Enclosure {
  const owner = process.getuid?.() ?? 0
  const shared = { area: place.area, temporary: join(place.area, 'tmp'), owner }
  const there = ['env', '-i', `--chdir=${join(place.area, 'workspace')}`, `PATH=${path}`]
  switch (isolation) {
    case 'namespaces': {
      const own = ['--user', '--map-current-user', '--keep-caps', '--mount', '--pid', '--ipc', '--mount-proc']
      const unshare = ['unshare', ...own, '--fork', '--kill-child=SIGKILL', '--']
      const script = ['bash', isolate, place.area, ...coveredFolders(path), '--', ...hidden, ...covered, '--']
      return {
        area: '/run/lockflight',
        temporary: '/tmp',
        owner,
        leftovers: { kind: 'namespace' },
        enclose: (command) => [...launch, '--', ...unshare, ...script, 'env', '-i', `PATH=${path}`, ...command],
      }
    }
    case 'user': {
      const id = firstUser + process.pid * usersPerServer + (place.number % usersPerServer)
      const become = [`--reuid=${id}`, `--regid=${id}`, '--clear-groups', ...withoutRights, '--']
      return {
        ...shared,
        owner: id,
        leftovers: { kind: 'user', id },
        enclose: (command) => [...launch, ...become, ...there, ...command],
      }
    }
    case 'none': {
      const assignment = `LOCKFLIGHT_LEFTOVER=${process.pid}-${place.number}`
      return {
        ...shared,
        leftovers: { kind: 'variable', assignment },
        enclose: (command) => [...launch, '--', ...there, assignment, ...command],
      }
    }
  }
}

/** The folders directly below /tmp and /run that PATH leads into: both places are replaced, and these stay readable. */
function coveredFolders(path: string): string[] {
  const folders = path.split(':').flatMap((folder) => /^\/(?:tmp|run)\/[^/]+/.exec(folder)?.[0] ?? [])
  return [...new Set(folders)]
}
