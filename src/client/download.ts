import { exchange } from './exchange.ts'
import { persist, type ClientOptions } from './send.ts'

const { createWriteStream } = process.getBuiltinModule('node:fs')
const { pipeline } = process.getBuiltinModule('node:stream/promises')

/** A file of a release, and where its bytes go. */
export interface Downloading {
  project: string
  /** A digest or a version. */
  release: string
  name: string
  file: string
}

/** Writes a file of a release, from its beginning again when the connection breaks; whether these are the bytes of its digest is for the caller to check. */
export async function download(options: ClientOptions, { project, release, name, file }: Downloading): Promise<void> {
  const path = `/api/v1/projects/${project}/releases/${encodeURIComponent(release)}/artifacts/${encodeURIComponent(name)}`
  return persist(options, async () =>
    pipeline(await exchange(options, { method: 'GET', path }), createWriteStream(file)),
  )
}
