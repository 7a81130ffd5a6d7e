import { execFile } from 'node:child_process'
import { cp, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const examples = resolve(import.meta.dirname, '..')
const author = ['-c', 'user.name=Mara Lind', '-c', 'user.email=mara@checkout.example', '-c', 'commit.gpgsign=false']

/** The shop's repository with its first commit. */
export async function openRepository(folder: string): Promise<void> {
  await cp(join(examples, 'checkout'), folder, { recursive: true })
  await git(folder, 'init', '-q', '-b', 'main')
  await git(folder, 'add', '.')
  await git(folder, ...author, 'commit', '-q', '-m', 'Open the till')
}

/** Commits the change whose file name starts with that number and returns what it changes, as `git show` says it. */
export async function commitChange(folder: string, number: number): Promise<string> {
  const changes = join(examples, 'checkout-changes')
  const name = (await readdir(changes)).find((file) => file.startsWith(`${number}-`))
  if (!name) throw new Error(`no change ${number} in ${changes}`)
  await git(folder, ...author, 'am', '-q', join(changes, name))
  return git(folder, 'show', '--stat', '--format=%h %s', 'HEAD')
}

async function git(folder: string, ...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: folder })).stdout
}
