import { resolve } from 'node:path'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { takePlace } from '../server-lock.ts'
import { toldToStop } from '../told-to-stop.ts'

/** Runs a witness in this process until it is told to stop by SIGTERM or Ctrl-C; it needs no server and no database. */
export const witness = command({
  options: {
    log: { value: 'vkey', many: true, says: 'the key of a log to know, as `lockflight audit key` shows it' },
    listen: { value: 'host:port', default: '127.0.0.1:7171', says: 'where to answer; port 0 is any that is free' },
    folder: { value: 'path', says: 'where its key and its memory are; `witness` in the home folder when absent' },
    name: { value: 'text', says: 'what it is called, for its first start; made from the machine’s name when absent' },
  },
  async run({ home, folder: here, parts, say, show }, { log = [], listen, folder, name }) {
    if (log.length === 0) throw new Refusal('invalid', 'expected --log with the key of a log, at least once')
    const place = { folder: folder === undefined ? `${home.folder}/witness` : resolve(here, folder) }
    const told = toldToStop()
    const leavePlace = await takePlace(place)
    try {
      const report = (message: string) => say(`${new Date().toISOString()} ${message}`)
      const options = { ...place, name: name ?? null, logs: log, listen: addressIn(listen), report }
      const { url, vkey, stop } = await parts.startWitness(options)
      show({ url, vkey, folder: place.folder }, () => vkey)
      say(`the witness answers at ${url}; its files are in ${place.folder}`)
      say(`${await told}: stopping …`)
      await stop()
    } finally {
      await leavePlace()
    }
  },
})

function addressIn(text: string): { host: string; port: number } {
  const [, host = '', port] = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})$/.exec(text) ?? []
  if (Number(port) <= 65_535) return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }
  throw new Refusal('invalid', `expected host:port after --listen; found ${text}`)
}
