import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { prefix } from '../api/endpoint.ts'
import { inProject, releaseName } from '../api/place.ts'
import { findArtifact } from '../app/find-artifact.ts'
import { artifactName } from '../core/names.ts'
import type { Desk } from './endpoints.ts'
import { admitTo } from './odd-one.ts'

const download = {
  name: 'downloadArtifact',
  method: 'GET',
  permission: 'project.read',
  input: z.strictObject({ ...inProject, release: releaseName, name: artifactName }),
} as const

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
    const digest = Buffer.from(artifact.digest.slice('sha256:'.length), 'hex').toString('base64')
    return reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-length': artifact.sizeBytes,
        'content-disposition': `attachment; filename="${artifact.name}"`,
        // RFC 9530, section 3.
        'repr-digest': `sha-256=:${digest}:`,
      })
      .send(bytes)
  })
}
