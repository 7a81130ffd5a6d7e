import { homedir } from 'node:os'
import { join } from 'node:path'

/** Commands that tests bring along instead of installing them, with the Debian package that holds each. */
export const carriedTools: Record<string, { package: string; path: string }> = {
  prometheus: { package: 'prometheus', path: 'usr/bin/prometheus' },
  promtool: { package: 'prometheus', path: 'usr/bin/promtool' },
  'docker-registry': { package: 'docker-registry', path: 'usr/bin/docker-registry' },
  pgbouncer: { package: 'pgbouncer', path: 'usr/sbin/pgbouncer' },
}

/** Where they are kept, for this user and all clones. */
export const toolsFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'lockflight', 'tools')

/** What to start for a command: the carried one, where it was not installed on this machine. */
export const binFolder = join(toolsFolder, 'bin')
