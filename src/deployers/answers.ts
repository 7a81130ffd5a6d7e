import { get } from 'node:http'

/** True when that address answers a GET with a 2xx status in time; redirects do not count. */
export async function answers(url: string, timeoutMilliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    // Without an agent the connection is closed after the answer, so no probe keeps a retiring server up.
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMilliseconds) }, (response) => {
      const { statusCode = 0 } = response
      response.destroy()
      resolve(statusCode >= 200 && statusCode < 300)
    })
    request.on('error', () => resolve(false))
  })
}
