import type { IncomingMessage, ServerResponse } from 'node:http'
import { digestOf } from '../../src/core/digest.ts'
import { serve } from './serve.ts'

type Listed = Record<string, object[]>

const json = 'application/vnd.oci.image.index.v1+json'

/** A registry behind this front also lists referrers by itself (OCI Distribution 1.1), one on each page; for the length of the test that asks for it. */
export async function startReferrersFront(registry: string): Promise<string> {
  const listed: Listed = {}
  const url = await serve((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '', `http://${registry}`)
    const about = /\/referrers\/(.*)$/.exec(pathname)?.[1]
    if (about !== undefined) {
      const page = Number(searchParams.get('page') ?? 0)
      const all = listed[about] ?? []
      if (page + 1 < all.length) response.setHeader('link', `<${pathname}?page=${page + 1}>; rel="next"`)
      const manifests = all.slice(page, page + 1)
      return response
        .setHeader('content-type', json)
        .end(JSON.stringify({ schemaVersion: 2, mediaType: json, manifests }))
    }
    const body = await bodyOf(request)
    const { host: _, connection: _c, 'content-length': _l, ...headers } = request.headers
    const answered = await fetch(`http://${registry}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      redirect: 'manual',
      ...(body.length > 0 && { body: body as Uint8Array<ArrayBuffer> }),
    })
    const location = answered.headers.get('location')?.replace(registry, request.headers.host ?? '')
    if (location !== undefined) response.setHeader('location', location)
    if (request.method === 'PUT' && pathname.includes('/manifests/') && answered.status === 201) {
      const subject = remember(listed, body)
      if (subject !== undefined) response.setHeader('oci-subject', subject)
    }
    response.writeHead(answered.status, { 'content-type': answered.headers.get('content-type') ?? '' })
    return response.end(Buffer.from(await answered.arrayBuffer()))
  }
  return new URL(url).host
}

function remember(listed: Listed, body: Buffer): string | undefined {
  const { subject, mediaType, artifactType, annotations } = JSON.parse(body.toString()) as Record<string, unknown>
  const about = (subject as { digest: string } | undefined)?.digest
  if (about === undefined) return undefined
  const entry = { mediaType, digest: digestOf(body), size: body.length, artifactType, annotations }
  listed[about] = [...(listed[about] ?? []), entry]
  return about
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
