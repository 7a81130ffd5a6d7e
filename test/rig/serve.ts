import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** An HTTP server on this machine, for the length of the test that asks for it; where it answers. */
export async function serve(listener: RequestListener): Promise<string> {
  const { url, close } = await listenHere(listener)
  onTestFinished(close)
  return url
}

/** The same until it is closed. */
export async function listenHere(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
