import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { bytesOf, jsonIn, refusalIn } from './answer.ts'
import { connectionLost, persist, silenceMilliseconds, type ClientOptions } from './send.ts'

const { createReadStream } = process.getBuiltinModule('node:fs')
const { stat } = process.getBuiltinModule('node:fs/promises')
const http = process.getBuiltinModule('node:http')
const { pipeline } = process.getBuiltinModule('node:stream/promises')

/** A file on its way to a server. */
export interface Uploading {
  project: string
  /** Of its bytes, as `sha256:` and 64 hexadecimal digits. */
  digest: string
  file: string
}

/** Sends a file as it is, from its beginning again when the connection breaks; the server refuses other bytes than those of the digest. */
export async function upload(options: ClientOptions, { project, digest, file }: Uploading): Promise<unknown> {
  const { size } = await stat(file)
  const target = new URL(`/api/v1/projects/${project}/uploads/${encodeURIComponent(digest)}`, options.url)
  const { request } = target.protocol === 'https:' ? await import('node:https') : http
  return persist(options, async () => {
    const asked = request(target, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.token}`,
        'content-type': 'application/octet-stream',
        'content-length': size,
      },
      timeout: silenceMilliseconds,
    })
    asked.on('timeout', () => {
      asked.destroy(connectionLost('ETIMEDOUT', `no sign of life for ${silenceMilliseconds / 1000} s`))
    })
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>
    // What breaks the sending is told by the answer, or by the connection that ends before there is one.
    void pipeline(createReadStream(file), asked).catch(() => undefined)
    const [answer] = await answered
    const body = await bytesOf(answer)
    if (answer.statusCode === 200) return jsonIn(body)
    throw refusalIn(answer.statusCode ?? 0, body)
  })
}
