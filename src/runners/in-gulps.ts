import { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const pauseMilliseconds = 5
const bytes = 64 * 1024

/**
 * What a job prints into the FIFO open at `fd`, which is closed with the end. In gulps: being woken for every few bytes
 * would take from a job the time it needs itself, so what comes is left to gather for 5 ms, unless someone is in a
 * hurry or the last gulp was full.
 */
export async function* inGulps(fd: number, inHurry: () => boolean): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes)
  let gulp = Promise.withResolvers<number>()
  const socket = new Socket({
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer,
      callback(size) {
        gulp.resolve(size)
        return false
      },
    },
  })
  socket.on('end', () => gulp.resolve(0))
  socket.on('error', (error) => gulp.reject(error))
  try {
    for (;;) {
      socket.resume()
      const size = await gulp.promise
      if (size === 0) return
      gulp = Promise.withResolvers()
      yield Buffer.from(buffer.subarray(0, size))
      if (size < bytes && !inHurry()) await pause(pauseMilliseconds)
    }
  } finally {
    socket.destroy()
  }
}
