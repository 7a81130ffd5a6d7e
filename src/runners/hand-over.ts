import type { Enclosure } from './isolation.ts'
import type { JobFolder } from './job-folders.ts'
import type { Launcher } from './start-launcher.ts'

/** Makes the job's folder and its log the property of the user the job runs as. */
export async function handOver(launcher: Launcher, { area, log }: JobFolder, { owner }: Enclosure): Promise<void> {
  if (owner === process.getuid?.()) return
  await launcher.run(['chown', '--recursive', '--no-dereference', `${owner}:${owner}`, area, log])
}
