import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { Refusal } from '../core/refusal.ts'
import { isAlive, markLine, ownMark, readMarkLine } from '../processes/process-mark.ts'
import { startPostgres, type PostgresServer } from './postgres-server.ts'

/** An acknowledged write survives a crash; everything else is sized for one machine that has other things to do. */
const settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  idle_in_transaction_session_timeout: '5min',
  log_lock_waits: 'on',
}

/** The database of one installation, in its own folder; refuses with `conflict` while another Lockflight uses the folder. Its password is kept in a file that only this user can read. */
export async function startEmbedded(
  home: string,
  { report }: { report: (message: string) => void },
): Promise<PostgresServer> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  // The database runs as another user then, who has to pass through; every file in here has its own mode.
  if (process.getuid?.() === 0) await chmod(home, 0o711)
  const release = await claim(`${home}/database.owner`)
  try {
    const password = await keepPassword(`${home}/database.password`)
    const server = await startPostgres({ folder: `${home}/database`, password, settings, report })
    return {
      ...server,
      async stop() {
        await server.stop()
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}

async function keepPassword(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known !== '') return known
  // In whole or not at all, since the data folder is made with it.
  await writeFile(`${file}.new`, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
  return readFile(file, 'utf8')
}

/** One process at a time: the claim of a process that is gone counts for nothing. */
async function claim(file: string): Promise<() => Promise<void>> {
  const me = markLine(ownMark())
  for (;;) {
    const claimed = await open(file, 'wx', 0o600).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
      throw error
    })
    if (claimed) {
      await claimed.writeFile(me)
      await claimed.close()
      return () => rm(file, { force: true })
    }
    const owner = await readFile(file, 'utf8').catch(() => '')
    const mark = readMarkLine(owner)
    if (mark.pid !== process.pid && isAlive(mark)) {
      throw new Refusal(
        'conflict',
        `the database in this folder is in use by process ${mark.pid}; stop that Lockflight first, or set LOCKFLIGHT_HOME to another folder`,
        { reason: 'home_in_use' },
      )
    }
    await rm(file, { force: true })
  }
}
