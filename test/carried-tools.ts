import { homedir } from 'node:os'
import { join } from 'node:path'

/** A file of a Debian package: a program, or a library that is loaded before whatever else is started. */
interface CarriedTool {
  package: string
  path: string
  /** The script that starts it, given where the file is. */
  script?: (file: string) => string
}

/** Commands that tests bring along instead of installing them, with the Debian package that holds each. */
export const carriedTools: Record<string, CarriedTool> = {
  prometheus: { package: 'prometheus', path: 'usr/bin/prometheus' },
  promtool: { package: 'prometheus', path: 'usr/bin/promtool' },
  'docker-registry': { package: 'docker-registry', path: 'usr/bin/docker-registry' },
  pgbouncer: { package: 'pgbouncer', path: 'usr/sbin/pgbouncer' },
  faketime: { package: 'libfaketime', path: 'usr/lib/*/faketime/libfaketimeMT.so.1', script: anotherTime },
}

/** As the command of that name: `faketime '2031-06-01 00:00:00' COMMAND…`. Its own wrapper looks for the library where it is installed. */
function anotherTime(library: string): string {
  return `time=$1
shift
FAKETIME="@$time" FAKETIME_DONT_FAKE_MONOTONIC=1 LD_PRELOAD='${library}' exec "$@"
`
}

/** Where they are kept, for this user and all clones. */
export const toolsFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lockflight', 'tools')

/** What to start for a command: the carried one, where it was not installed on this machine. */
export const binFolder = join(toolsFolder, 'bin')
