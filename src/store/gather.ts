import type pg from 'pg'

/**
 * Makes all that is sent on a connection in this turn of the event loop leave in one write. Statement by statement each
 * would cost a system call here and wake the database once more.
 */
export function gather(client: pg.ClientBase): void {
  const { stream } = (client as pg.Client).connection
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}
