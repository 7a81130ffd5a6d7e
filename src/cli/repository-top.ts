import { execFile } from 'node:child_process'

/** The topmost folder of the git working tree that a folder is in; null where it is in none. */
export async function repositoryTop(folder: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('git', ['-C', folder, 'rev-parse', '--show-toplevel'], { timeout: 5_000 }, (error, stdout) => {
      resolve(error ? null : stdout.replace(/\n$/, ''))
    })
  })
}
