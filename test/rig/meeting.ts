import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const patienceMilliseconds = 20_000

/** One coming of a job. */
interface Visit {
  name: string
  socket: Socket
  closed: boolean
}

/** A place on loopback where jobs say where they are, and wait until the test lets them go. */
export async function openMeeting() {
  const visits: Visit[] = []
  const open = new Set<string>()
  let changed = Promise.withResolvers<void>()
  const wake = () => {
    changed.resolve()
    changed = Promise.withResolvers<void>()
  }
  const countOf = (name: string) => visits.filter((visit) => visit.name === name).length
  const go = ({ name, socket }: Visit, number: number) => {
    if (open.has(name)) socket.write(`${number}\n`)
  }

  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    createInterface({ input: socket }).once('line', (name) => {
      const visit = { name, socket, closed: false }
      visits.push(visit)
      socket.once('close', () => {
        visit.closed = true
        wake()
      })
      go(visit, countOf(name))
      wake()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const until = async (what: string, holds: () => boolean) => {
    const late = AbortSignal.timeout(patienceMilliseconds)
    const end = once(late, 'abort')
    while (!holds()) {
      if (late.aborted) throw new Error(`not within ${patienceMilliseconds / 1000} s: ${what}`)
      await Promise.race([changed.promise, end])
    }
  }

  return {
    /** A line of bash that comes here under that name and waits; $visit is then how often someone came under it. */
    come: (name: string) => `exec 9<> /dev/tcp/127.0.0.1/${port} && echo ${name} >&9 && read -r visit <&9 && exec 9>&-`,
    /** Who came, in the order of coming. */
    names: () => visits.map(({ name }) => name),
    countOf,
    /** Lets everyone under these names go on, those who wait and those still to come. */
    release(...names: string[]) {
      for (const name of names) open.add(name)
      for (const name of names) visits.filter((visit) => visit.name === name).forEach((visit, at) => go(visit, at + 1))
    },
    /** From now on whoever comes under that name waits again. */
    close: (name: string) => void open.delete(name),
    arrival: (name: string, count = 1) => until(`${name} comes, time ${count}`, () => countOf(name) >= count),
    /** Returns when nobody who came under that name is there any more. */
    departure: (name: string) =>
      until(`${name} is gone`, () => visits.every((visit) => visit.name !== name || visit.closed)),
    async end() {
      for (const { socket } of visits) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
export type Meeting = Awaited<ReturnType<typeof openMeeting>>

/** One job that is done at once, one that waits at the meeting, and one that packs what came of both. */
export const threeJobs = (meeting: Meeting) => `
first:
  stage: build
  outputs: [visit]
  steps: [{ run: '${meeting.come('first')}; echo $visit > $LOCKFLIGHT_OUTPUTS/visit' }]
second:
  stage: build
  needs: [first]
  outputs: [visit]
  steps: [{ run: '${meeting.come('second')}; echo $visit > $LOCKFLIGHT_OUTPUTS/visit' }]
pack:
  stage: package
  needs: [first, second]
  steps: [{ run: echo $OUTPUT_FIRST_VISIT $OUTPUT_SECOND_VISIT $RANDOM > app }]
  artifacts: [{ name: app, path: app }]
`
