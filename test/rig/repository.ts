import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** One commit, whole: the files it has, and no others. */
export interface TestCommit {
  files: Record<string, string>
  message?: string
  branch?: string
  author?: { name: string; email: string }
}

/** A new git repository in that folder. */
export async function createRepository(folder: string) {
  await mkdir(folder, { recursive: true })
  const git = async (...args: string[]) => {
    const nobody = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', HOME: folder }
    const { stdout } = await run('git', args, { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...nobody } })
    return stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')

  return {
    folder,
    git,
    /** The id of a new commit on a branch, which then points at it. */
    async commit({ files, message = 'Change', branch = 'main', author = mia }: TestCommit): Promise<string> {
      await git('rm', '-rfq', '--ignore-unmatch', '.')
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), text)
      }
      await git('add', '--all', '--force')
      const who = ['-c', `user.name=${author.name}`, '-c', `user.email=${author.email}`]
      await git(...who, 'commit', '--quiet', '--allow-empty', '--message', message)
      const id = await git('rev-parse', 'HEAD')
      if (branch !== 'main') await git('update-ref', `refs/heads/${branch}`, id)
      return id
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

const mia = { name: 'Mia', email: 'mia@example.org' }
