import { Refusal } from '../core/refusal.ts'
import { handOver } from './hand-over.ts'
import { enclosureOf, type Isolation, type Surroundings } from './isolation.ts'
import { createJobFolders, type JobFolders } from './job-folders.ts'
import type { Launcher } from './start-launcher.ts'

/** An isolation that works here, and folders made for it. */
export interface Chosen {
  isolation: Isolation
  folders: JobFolders
}

/** What a job must be able to do, and what it must not. */
const trial = `set -e
: > trial
shopt -s nullglob dotglob
for place; do
  found=("$place"/*)
  if [[ -w $place || \${#found[@]} != 0 ]]; then
    echo "$place is open to jobs"
    exit 1
  fi
done`

const remedies: Record<Isolation, string> = {
  namespaces:
    'install util-linux 2.38 or newer and allow user namespaces (Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0; ' +
    'Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined)',
  user: 'run Lockflight as root, with its folders closed to others (chmod 700)',
  none: 'install bash and util-linux',
}

/** Tries the isolations in the given order with a small job each and takes the first that works; refuses with what to install or allow when none does. */
export async function chooseIsolation(
  launcher: () => Launcher,
  {
    accepted,
    workFolder,
    surroundings,
  }: { accepted: readonly Isolation[]; workFolder: string; surroundings: Surroundings },
): Promise<Chosen> {
  const problems: string[] = []
  for (const isolation of accepted) {
    const folders = await createJobFolders(launcher, { isolation, workFolder })
    const problem = await problemOf(launcher(), { isolation, folders }, surroundings)
    if (problem === null) return { isolation, folders }
    await folders.close()
    problems.push(`${isolation}: ${problem}; ${remedies[isolation]}`)
  }
  throw new Refusal(
    'unavailable',
    `jobs cannot be kept apart from this server, so none is run — ${problems.join(' — ')}`,
    {
      reason: 'isolation_unavailable',
    },
  )
}

async function problemOf(
  launcher: Launcher,
  { isolation, folders }: Chosen,
  surroundings: Surroundings,
): Promise<string | null> {
  const folder = await folders.create()
  const enclosure = enclosureOf(isolation, folder, surroundings)
  const closed = isolation === 'none' ? [] : surroundings.hidden
  try {
    await handOver(launcher, folder, enclosure)
    await launcher.run(enclosure.enclose(['bash', '-c', trial, 'trial', ...closed]))
    return null
  } catch (error) {
    return (error as Error).message
  } finally {
    await folder.remove()
  }
}
