import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import { digestOf, type Digest } from '../../src/core/digest.ts'
import type { Image } from '../../src/core/image.ts'

/** Who may do anything in a registry that asks for a password. */
export const robot = { username: 'robot', password: 'registry-password-1' }

/** Bcrypt of that password, as the registry wants it. */
const htpasswd = 'robot:$2b$04$JdYOOGmfa8zMEhy2rAbBk.0RSeOkM/vi6fPuPH1xdkYrPpsvM3ts6\n'

/** Whom a registry lets in: everyone, who has the password, or who has a token of that server. */
export type Door = 'open' | 'password' | { realm: string; service: string; issuer: string; certificate: string }

/** A real registry of Debian's package `docker-registry` on this machine. It has no list of referrers: clients keep one under a tag. */
export async function startRegistry(door: Door = 'open') {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-registry-'))
  const file = (name: string) => join(folder, name)
  await writeFile(file('htpasswd'), htpasswd)
  if (typeof door === 'object') await writeFile(file('certificate.pem'), door.certificate)
  const auth = {
    open: {},
    password: { auth: { htpasswd: { realm: 'test', path: file('htpasswd') } } },
    token: typeof door === 'object' && {
      auth: { token: { ...tokenDoor(door), rootcertbundle: file('certificate.pem') } },
    },
  }[typeof door === 'object' ? 'token' : door]
  await writeFile(
    file('config.yml'),
    stringify({
      version: '0.1',
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: file('data') } },
      http: { addr: '127.0.0.1:0', secret: 'of one registry alone' },
      ...auth,
    }),
  )
  const child = spawn('docker-registry', ['serve', file('config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  return {
    host: await hostOf(child.stderr),
    async stop() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function tokenDoor({ realm, service, issuer }: Exclude<Door, string>) {
  return { realm, service, issuer }
}

async function hostOf(log: NodeJS.ReadableStream): Promise<string> {
  const told: string[] = []
  for await (const line of createInterface(log)) {
    const host = /msg="listening on (127\.0\.0\.1:[0-9]+)"/.exec(line)?.[1]
    if (host !== undefined) {
      log.resume()
      return host
    }
    told.push(line)
  }
  throw new Error(`the registry did not start:\n${told.join('\n')}`)
}

/** Layers of a manifest, with what stands beside each. */
export interface Layer {
  mediaType: string
  bytes: string
  annotations?: Record<string, string>
}

/** Puts things into a registry as any client does, independently of what is tested. */
export function pusher(host: string, name: string, headers: Record<string, string> = {}) {
  const send = async (method: string, path: string, body: string, type: string) => {
    const url = path.startsWith('http') ? path : `http://${host}/v2/${name}/${path}`
    const answer = await fetch(url, { method, body, headers: { 'content-type': type, ...headers } })
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const blob = async (bytes: string, mediaType: string) => {
    const digest = digestOf(bytes)
    const opened = await send('POST', 'blobs/uploads/', '', 'application/octet-stream')
    const to = new URL(opened.headers.get('location') ?? '', `http://${host}`)
    to.searchParams.set('digest', digest)
    await send('PUT', to.href, bytes, 'application/octet-stream')
    return { mediaType, digest, size: Buffer.byteLength(bytes) }
  }
  const manifest = async (content: object & { mediaType: string }, tag?: string) => {
    const text = JSON.stringify(content)
    const digest = digestOf(text)
    await send('PUT', `manifests/${tag ?? digest}`, text, content.mediaType)
    return { mediaType: content.mediaType, digest, size: Buffer.byteLength(text) }
  }
  const ociManifest = 'application/vnd.oci.image.manifest.v1+json'

  /** A manifest with those layers; by digest, or under a tag. */
  async function artifact(layers: Layer[], { tag, ...more }: { tag?: string } & Record<string, unknown> = {}) {
    const described = []
    for (const { bytes, mediaType, annotations } of layers)
      described.push({ ...(await blob(bytes, mediaType)), ...(annotations && { annotations }) })
    const config = await blob('{}', 'application/vnd.oci.empty.v1+json')
    const content = { schemaVersion: 2, mediaType: ociManifest, config, layers: described, ...more }
    return manifest(content, tag)
  }

  return {
    artifact,
    manifest,
    /** An image nobody else has. */
    async image(text: string): Promise<Image> {
      const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', bytes: text }
      const { digest } = await artifact([layer])
      return { registry: host, name, digest }
    },
    /** What a tag or digest names now, and null when nothing. */
    async read(reference: string) {
      const accept = { accept: `${ociManifest}, application/vnd.oci.image.index.v1+json` }
      const answer = await fetch(`http://${host}/v2/${name}/manifests/${reference}`, {
        headers: { ...accept, ...headers },
      })
      if (answer.status === 404) return null
      return JSON.parse(await answer.text()) as ReadManifest
    },
    async readBlob(digest: string) {
      return (await fetch(`http://${host}/v2/${name}/blobs/${digest}`, { headers })).text()
    },
    /** A Sigstore bundle as referrer of an image, listed under its tag. */
    async refer({ digest }: { digest: Digest }, bundles: object[]) {
      const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
      const subject = { mediaType: ociManifest, digest, size: 1 }
      const manifests = []
      for (const bundle of bundles) {
        const layers = [{ mediaType: artifactType, bytes: JSON.stringify(bundle) }]
        manifests.push({ ...(await artifact(layers, { artifactType, subject })), artifactType })
      }
      const mediaType = 'application/vnd.oci.image.index.v1+json'
      await manifest({ schemaVersion: 2, mediaType, manifests } as never, digest.replace(':', '-'))
    },
  }
}

interface ReadManifest {
  artifactType?: string
  annotations?: Record<string, string>
  config?: { mediaType: string; digest: Digest; size: number }
  subject?: { mediaType: string; digest: Digest; size: number }
  layers?: { mediaType: string; digest: Digest; size: number }[]
  manifests?: { mediaType: string; digest: Digest; size: number; artifactType?: string }[]
}
