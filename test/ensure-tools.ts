import { spawnSync } from 'node:child_process'
import { isInstalled } from './is-installed.ts'

/*
 * Run as `node test/ensure-tools.ts git unshare …` before anything that needs those commands: installs what is missing
 * where it may (Debian or Ubuntu, as root or with a sudo that asks nothing), and otherwise ends with the exact command.
 */

const packageOf: Record<string, string> = {
  bash: 'bash',
  git: 'git',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  pgbench: 'postgresql-contrib',
}

const missing = process.argv.slice(2).filter((command) => !isInstalled(command))
if (missing.length > 0) install(missing)

function install(commands: string[]): void {
  const packages = [...new Set(commands.map((command) => packageOf[command] ?? command))].toSorted()
  console.error(`missing: ${commands.join(', ')}`)
  const launcher = aptGet()
  if (launcher) {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
      spawnSync('env', ['DEBIAN_FRONTEND=noninteractive', ...launcher, ...args], {
        stdio: ['ignore', 'inherit', 'inherit'],
      })
    }
    if (commands.every((command) => isInstalled(command))) return
  }
  console.error(`These are needed and could not be installed from here. On Debian or Ubuntu, run this and try again:

  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}
`)
  process.exit(1)
}

/** How to call apt-get with the right to install; undefined when nothing gives that right without asking. */
function aptGet(): string[] | undefined {
  if (!isInstalled('apt-get')) return undefined
  if (process.getuid?.() === 0) return ['apt-get']
  const mayAskNothing = isInstalled('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  return mayAskNothing ? ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND', 'apt-get'] : undefined
}
