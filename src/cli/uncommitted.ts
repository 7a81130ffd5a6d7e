import { execFile } from 'node:child_process'

/** How many files below that folder git would name as changed or new; null where it is no local repository, or git does not tell in time. */
export async function uncommittedFiles(folder: string): Promise<number | null> {
  const status = ['-C', folder, 'status', '--porcelain', '--no-renames', '-z']
  return new Promise((resolve) => {
    execFile('git', status, { timeout: 5_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout) => {
      resolve(error ? null : stdout.split('\0').length - 1)
    })
  })
}
