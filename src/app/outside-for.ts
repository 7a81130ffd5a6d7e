import { createHmac } from 'node:crypto'
import type { Inspection } from '../core/deployer.ts'
import type { GateOutside } from '../core/gate.ts'
import type { GateRequest } from '../core/http-request.ts'
import { Refusal } from '../core/refusal.ts'
import { refuseEcho } from '../core/refuse-echo.ts'
import { webhookHeaders, webhookKey } from '../core/standard-webhooks.ts'
import type { App } from './app.ts'
import { inspect } from './deployment-at-work.ts'
import { openSecrets, type OpenedSecrets } from './open-secrets.ts'

type Parts = Pick<App, 'store' | 'secretBox' | 'outside' | 'newId' | 'repositories' | 'deployers' | 'randomBytes'>

/** The world outside for the gates of one project: its secrets join a request here, on its way out, and nowhere else (A21). */
export function outsideFor(app: Parts, project: string): GateOutside {
  const key = app.randomBytes(32)
  return {
    command: app.outside.command,
    file: ({ repository, commit }, path, limitBytes) => app.repositories.read(repository, commit, path, limitBytes),
    inspect: (environment) => inspectIn(app, project, environment),
    hide: (text) => createHmac('sha256', key).update(text).digest('hex'),
    async http(request) {
      const { secretHeaders = {}, signedWith, ...rest } = request
      const names = [...Object.values(secretHeaders), ...(signedWith === undefined ? [] : [signedWith])]
      if (names.length === 0) return app.outside.http(rest)
      const { secrets, now } = await openSecrets(app, project, names)
      const answer = await app.outside.http({
        ...rest,
        headers: {
          ...rest.headers,
          ...Object.fromEntries(Object.entries(secretHeaders).map(([header, name]) => [header, secrets[name] ?? ''])),
          ...(signedWith === undefined ? {} : signature(app, request, { name: signedWith, secrets, now })),
        },
      })
      refuseEcho(answer, secrets)
      return answer
    },
  }
}

async function inspectIn(app: Parts, project: string, environment: string): Promise<Inspection> {
  const { configuration } = await app.store.read((tx) => tx.revisions.current(project))
  const { environments } = configuration
  const definition = Object.hasOwn(environments, environment) ? environments[environment] : undefined
  if (!definition) throw new Refusal('not_found', `${project} has no environment ${environment}`)
  return inspect(app, { definition, promotion: { project, environment } })
}

function signature(
  { newId }: Parts,
  { body = '' }: GateRequest,
  { name, secrets, now }: OpenedSecrets & { name: string },
): Record<string, string> {
  const key = webhookKey(secrets[name] ?? '')
  if (!key) {
    throw new Refusal('unprocessable', `the secret ${name} cannot sign: expected whsec_ and 24 to 64 bytes in base64`)
  }
  return webhookHeaders(key, { id: `msg_${newId()}`, timestamp: Math.floor(now.getTime() / 1000), body })
}
