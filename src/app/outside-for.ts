import { createHmac } from 'node:crypto'
import type { Inspection } from '../core/deployer.ts'
import type { GateOutside } from '../core/gate.ts'
import type { GateRequest, HttpAnswer } from '../core/http-request.ts'
import { Refusal } from '../core/refusal.ts'
import { webhookHeaders, webhookKey } from '../core/standard-webhooks.ts'
import type { App } from './app.ts'
import { inspect } from './deployment-at-work.ts'

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
      const { secrets, now } = await opened(app, project, names)
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

interface Opened {
  secrets: Record<string, string>
  now: Date
}

async function opened({ store, secretBox }: Parts, project: string, names: string[]): Promise<Opened> {
  const { sealed, now } = await store.read(async (tx) => ({
    sealed: await tx.secrets.sealed(project, [...new Set(names)]),
    now: tx.now,
  }))
  const secrets = Object.entries(sealed).map(([name, bytes]) => [name, secretBox.open(bytes, `${project}/${name}`)])
  return { secrets: Object.fromEntries(secrets), now }
}

function signature(
  { newId }: Parts,
  { body = '' }: GateRequest,
  { name, secrets, now }: Opened & { name: string },
): Record<string, string> {
  const key = webhookKey(secrets[name] ?? '')
  if (!key) {
    throw new Refusal('unprocessable', `the secret ${name} cannot sign: expected whsec_ and 24 to 64 bytes in base64`)
  }
  return webhookHeaders(key, { id: `msg_${newId()}`, timestamp: Math.floor(now.getTime() / 1000), body })
}

/** An answer that gives a secret back would put it into evidence, reasons and the log. */
function refuseEcho({ type, headers, body }: HttpAnswer, secrets: Record<string, string>): void {
  const told = [Buffer.from(body), ...[type, ...Object.values(headers)].map((text) => Buffer.from(text))]
  for (const [name, value] of Object.entries(secrets)) {
    const spelled = [value, value.replace(/^\S+ /, ''), JSON.stringify(value).slice(1, -1)]
    // The content type was read in lower case.
    const echoes = [...spelled, ...spelled.map((each) => each.toLowerCase())].filter((each) => each !== '')
    if (echoes.some((each) => told.some((part) => part.includes(each)))) {
      throw new Refusal('unavailable', `the answer repeats the secret ${name}, and is not read`, {
        reason: 'outside.echo',
      })
    }
  }
}
