import { mkdir, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { BranchFile } from '../core/branch-file.ts'
import { Refusal } from '../core/refusal.ts'
import { createGit, type GitCall } from './git-command.ts'
import { readAddress } from './repository-address.ts'

/** Which file of which branch, and where this installation keeps what it needs to add to it. */
export interface BranchFileParts {
  /** A URL or a path, as anywhere else a repository is named. */
  repository: string
  branch: string
  /** The name of the file, in the root of the branch. */
  path: string
  /** A folder of its own. */
  folder: string
}

const timeoutSeconds = 50
const largestFileBytes = 1_048_576
const author = ['-c', 'user.name=Lockflight', '-c', 'user.email=lockflight@localhost']

/** A file on a branch of a repository elsewhere, which is read and added to through a mirror of its newest commit; other files of the branch stay. Refuses an address that is none; whether anything is there shows when it is read. */
export function openBranchFile({ repository, branch, path, folder }: BranchFileParts): BranchFile {
  // A folder may be away for now, on another machine's disk.
  const address = isAbsolute(repository) ? null : readAddress(repository)
  const remote = address?.kind === 'remote' ? address : null
  const place = remote?.url ?? repository
  const asking = { reach: remote ? ('network' as const) : ('local' as const), credentials: remote?.credentials ?? null }
  const mirror = join(folder, 'mirror.git')
  const settingsFile = join(folder, 'gitconfig')
  const run = createGit(settingsFile)
  const name = `${address?.name ?? repository}#${branch}`

  async function git(args: string[], call: Partial<GitCall> = {}): Promise<string> {
    const answer = await run([...author, ...args], { folder: mirror, timeoutSeconds, ...call })
    if (answer.ok) return answer.output.toString()
    throw new Refusal('unavailable', `${name}: git ${args[0]}: ${answer.message}`)
  }

  /** Begun anew each time: a mirror that is kept would keep every version there ever was. */
  async function newMirror(format: 'sha1' | 'sha256'): Promise<void> {
    await rm(mirror, { recursive: true, force: true })
    await mkdir(mirror, { mode: 0o700 })
    await git(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, '.'])
  }

  async function newestCommit(): Promise<string | null> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await writeFile(settingsFile, '[safe]\n\tdirectory = *\n')
    const listed = await git(['ls-remote', '--end-of-options', place, `refs/heads/${branch}`], { folder, ...asking })
    const commit = /^([0-9a-f]{40}|[0-9a-f]{64})\t/.exec(listed)?.[1] ?? null
    await newMirror(commit?.length === 64 ? 'sha256' : 'sha1')
    const sparing = ['--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head']
    if (commit !== null) await git(['fetch', ...sparing, '--end-of-options', place, commit], asking)
    return commit
  }

  return {
    name,
    async read() {
      const commit = await newestCommit()
      if (commit === null) return null
      const listed = await git(['ls-tree', '--full-tree', commit, '--', path])
      const id = /^100644 blob ([0-9a-f]+)\t/.exec(listed)?.[1]
      if (id === undefined) return { commit, text: null }
      return { commit, text: await git(['cat-file', 'blob', id], { limitBytes: largestFileBytes }) }
    },
    async write(text, { after, message }) {
      await writeFile(join(folder, 'draft'), text)
      const id = (await git(['hash-object', '-w', '--no-filters', '--', join(folder, 'draft')])).trim()
      await git(['read-tree', after ?? '--empty'])
      await git(['update-index', '--add', '--cacheinfo', `100644,${id},${path}`])
      const tree = (await git(['write-tree'])).trim()
      const parent = after === null ? [] : ['-p', after]
      const commit = (await git(['commit-tree', ...parent, '-m', message, tree])).trim()
      // Without force, a branch that has gone on since refuses it.
      await git(['push', '--quiet', '--end-of-options', place, `${commit}:refs/heads/${branch}`], asking)
    },
  }
}
