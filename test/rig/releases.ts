import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ArtifactStore } from '../../src/core/artifacts.ts'
import type { DeployRequest, Phase } from '../../src/core/deployer.ts'
import { digestOfJson } from '../../src/core/digest.ts'

const run = promisify(execFile)

/** A service that says which release it is, counts nothing, and ends when asked to once its answers are out. */
export const service = `
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const name = readFileSync('name.txt', 'utf8')
const server = createServer((request, response) => {
  if (request.url === '/slow') return setTimeout(() => response.end(name), 700)
  if (request.url === '/echo') return request.pipe(response)
  response.statusCode = request.url === '/broken' ? 500 : 200
  response.setHeader('x-release', process.env.LOCKFLIGHT_VERSION)
  response.end(name)
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening', name))
process.on('SIGTERM', () => server.close(() => process.exit(0)))
`

/** A release in the store, made from files packed by tar. */
export type TestRelease = DeployRequest['release']

/** Packs a tiny HTTP service that answers with its name, or other files in its place, and puts it into the store; a file called `a -> b` becomes a link. */
export async function packRelease(
  artifacts: ArtifactStore,
  name: string,
  files: Record<string, string> = { 'server.mjs': service },
): Promise<TestRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-pack-'))
  try {
    await mkdir(join(folder, 'app'))
    for (const [file, text] of Object.entries({ 'name.txt': name, ...files })) {
      const [path = '', linked] = file.split(' -> ')
      await (linked === undefined
        ? writeFile(join(folder, 'app', path), text)
        : symlink(linked, join(folder, 'app', path)))
    }
    await run('tar', ['-czf', join(folder, 'app.tgz'), '-C', join(folder, 'app'), '.'])
    const stored = { name: 'app.tgz', ...(await artifacts.put(join(folder, 'app.tgz'))) }
    const source = { repository: '/srv/git/tiny', commit: '1'.repeat(40), branch: 'main' }
    return { digest: digestOfJson({ name, stored }), version: name, source, artifacts: [stored] }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Asks for phases of deployments to one target, each new one with the next fence. */
export function testTarget(project = 'tiny', environment = 'prod') {
  let fence = 0
  let previous: DeployRequest['previous'] = null
  return {
    project,
    environment,
    /** A new deployment of that release: a request for each of its phases. */
    next(release: TestRelease): (phase: Phase) => DeployRequest {
      const mine = ++fence
      const before = previous
      previous = release.digest
      return (phase) => ({
        project,
        environment,
        promotion: `p${mine}`,
        attempt: 1,
        fence: mine,
        phase,
        release,
        previous: before,
      })
    },
  }
}
