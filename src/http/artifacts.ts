import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { prefix } from '../api/endpoint.ts'
import { inProject, releaseName } from '../api/place.ts'
import { findArtifact } from '../app/find-artifact.ts'
import { uploadArtifact } from '../app/upload-artifact.ts'
import { digest } from '../core/digest.ts'
import { artifactName } from '../core/names.ts'
import { arriving } from './arrival.ts'
import type { Desk } from './endpoints.ts'
import { admitTo } from './odd-one.ts'
import { expectBytes, refuseLargeBody } from './read-body.ts'

const download = {
  name: 'downloadArtifact',
  method: 'GET',
  permission: 'project.read',
  input: z.strictObject({ ...inProject, release: releaseName, name: artifactName }),
} as const

const upload = {
  name: 'uploadArtifact',
  method: 'POST',
  permission: 'release.import',
  input: z.strictObject({ ...inProject, digest }),
} as const

/** Takes files in as they arrive, under the digest they must have. */
export function takeUploads(server: FastifyInstance, desk: Desk): void {
  server.post(`${prefix}/projects/:project/uploads/:digest`, async (request, reply) => {
    const { headers, raw } = request
    refuseLargeBody(raw, desk.app.artifacts.limitBytes)
    const {
      project,
      digest: of,
      sizeBytes,
    } = await admitTo(desk, upload, request, ({ actor, input }) => {
      expectBytes(headers['content-type'], headers['content-encoding'])
      return uploadArtifact(desk.app, actor, { ...input, bytes: arriving(raw) })
    })
    return reply.type('application/json').send(JSON.stringify({ project, digest: of, sizeBytes }))
  })
}

/** Serves the bytes of artifacts; they are checked against their digest before the first of them is sent. */
export function serveArtifacts(server: FastifyInstance, desk: Desk): void {
  server.get(`${prefix}/projects/:project/releases/:release/artifacts/:name`, async (request, reply) => {
    const artifact = await admitTo(desk, download, request, ({ actor, input }) => findArtifact(desk.app, actor, input))
    const folder = await mkdtemp(join(tmpdir(), 'lockflight-download-'))
    const file = join(folder, 'artifact')
    const clean = () => rm(folder, { recursive: true, force: true })
    await desk.app.artifacts.copyTo(artifact.digest, file).catch(async (error) => {
      await clean()
      throw error
    })
    const bytes = createReadStream(file).once('close', () => void clean())
    const base64 = Buffer.from(artifact.digest.slice('sha256:'.length), 'hex').toString('base64')
    return reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-length': artifact.sizeBytes,
        'content-disposition': `attachment; filename="${artifact.name}"`,
        // RFC 9530, section 3.
        'repr-digest': `sha-256=:${base64}:`,
      })
      .send(bytes)
  })
}
