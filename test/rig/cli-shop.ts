import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { runCommand, type Outcome } from './cli.ts'

/** A repository with a lockflight.yaml, a home of its own, and the command line in it. */
export interface CliShop {
  folder: string
  repository: string
  home: string
  /** Runs a command in the repository. */
  lockflight(...argv: string[]): Promise<Outcome>
  /** The same as someone else. */
  as(token: string, ...argv: string[]): Promise<Outcome>
  /** Commits another lockflight.yaml. */
  commit(configuration: string): Promise<void>
  /** Stops the server, when one runs, and removes everything. */
  close(): Promise<void>
}

/** Makes one commit on `main` that holds nothing but the configuration. */
export async function createCliShop(configuration: string): Promise<CliShop> {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-cli-'))
  // The database of a home in here runs as another user, who has to pass through.
  await chmod(folder, 0o711)
  const repository = join(folder, 'shop')
  const home = join(folder, 'home')
  await mkdir(repository)
  const git = (...argv: string[]) =>
    promisify(execFile)('git', ['-C', repository, '-c', 'user.name=ana', '-c', 'user.email=ana@shop.example', ...argv])
  const commit = async (text: string) => {
    await writeFile(join(repository, 'lockflight.yaml'), text)
    await git('add', '.')
    await git('commit', '-qm', 'another configuration')
  }
  await git('init', '-q', '-b', 'main')
  await commit(configuration)
  const lockflight = (...argv: string[]) => runCommand(argv, { cwd: repository, env: { LOCKFLIGHT_HOME: home } })
  return {
    folder,
    repository,
    home,
    lockflight,
    as: (token, ...argv) =>
      runCommand(argv, { cwd: repository, env: { LOCKFLIGHT_HOME: home, LOCKFLIGHT_TOKEN: token } }),
    commit,
    async close() {
      await lockflight('server', 'stop')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
