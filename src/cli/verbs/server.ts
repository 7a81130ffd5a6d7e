import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerRecord } from '../../core/home.ts'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { writePrivateJson } from '../private-file.ts'
import { takePlace } from '../server-lock.ts'
import { isAlive, ownMark } from '../../processes/process-mark.ts'
import { runningServer, troubleOf } from '../running-server.ts'
import { toldToStop } from '../told-to-stop.ts'

const stopPatienceMilliseconds = 60_000

/** Runs the server in this process until it is told to stop by SIGTERM or Ctrl-C. */
export const server = command({
  async run({ home, parts, say }) {
    const other = runningServer(home)
    if (other) throw new Refusal('conflict', `a server already runs here: ${other.url}, process ${other.pid}`)
    const told = toldToStop()
    const leavePlace = await takePlace(home)
    try {
      const started = await parts.startServer(home)
      await writePrivateJson(home.serverFile, { url: started.url, ...ownMark() } satisfies ServerRecord)
      say(`lockflight ${parts.version} answers at ${started.url}; its files are in ${home.folder}`)
      say(`${await told}: stopping …`)
      await rm(home.serverFile, { force: true })
      await started.stop()
      say('stopped')
    } finally {
      await leavePlace()
    }
  },
})

/** Stops the server of this machine and waits for its end. */
export const stopServer = command({
  async run({ home, say, show }) {
    const running = runningServer(home)
    if (!running) return show({ stopped: false }, () => 'no server runs here')
    process.kill(running.pid, 'SIGTERM')
    const deadline = Date.now() + stopPatienceMilliseconds
    while (isAlive(running)) {
      if (Date.now() > deadline) {
        say(`process ${running.pid} still runs; it may be finishing work. Its log: ${home.serverLog}`)
        return exitCodes.timeout
      }
      await pause(25)
    }
    return show({ stopped: true, ...running }, ({ url }) => `stopped the server at ${url}`)
  },
})

/** Says whether a server runs here, and what keeps it from being ready; the exit code is 0 only when it is ready for work. */
export const serverStatus = command({
  async run({ home, show }) {
    const running = runningServer(home)
    const problems = running ? await troubleOf(running.url) : []
    const ready = running !== undefined && problems.length === 0
    show({ running: running !== undefined, ready, ...running, problems }, () => {
      if (!running) return 'no server runs here; any command that needs one starts it'
      const what = `${running.url} (process ${running.pid}) is ${ready ? 'ready' : 'not ready'}; log: ${home.serverLog}`
      return [what, ...problems.map(({ at, message }) => `  ${at}: ${message}`)].join('\n')
    })
    return ready ? exitCodes.ok : exitCodes.failed
  },
})
