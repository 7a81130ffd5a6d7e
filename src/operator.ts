import { readFile, rename, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { z } from 'zod'
import type { App } from './app/app.ts'
import { actorId, lockflight } from './core/actor.ts'
import { after } from './core/duration.ts'
import type { Credential } from './core/home.ts'
import { tokenDigest, tokenText } from './core/token.ts'

const lifeDays = 90
const renewDays = 30
const daySeconds = 86_400

const credential = z.object({ url: z.string(), token: z.string() }) satisfies z.ZodType<Credential>

/** Makes the operating-system user who starts the server its administrator, as `<user>@local`; nobody else has access until they say so, and there is no password. */
export async function admitOperator(app: App) {
  const name = userInfo().username
  const id = actorId(name, 'local')
  await app.store.transaction(async (tx) => {
    if (await tx.members.find(id)) return
    const role = 'admin' as const
    // Another server that starts at this moment does the same, and only one of them gets to say so.
    if (!(await tx.members.grant({ actor: id, role, project: null, environment: null }))) return
    await tx.members.save({ id, kind: 'human', name, emails: [], disabled: false, createdAt: tx.now })
    await tx.log({ type: 'member.added', actor: lockflight.id, subject: id, data: { kind: 'human', name, emails: [] } })
    const data = { actor: id, role, project: null, environment: null }
    await tx.log({ type: 'grant.added', actor: lockflight.id, subject: id, data })
  })

  /** Leaves a token for this user in a file that only they can read; one that is still good for long is kept. */
  async function leaveCredential(url: string, file: string): Promise<void> {
    const kept = await readCredential(file)
    const token = kept && (await isGood(kept.token)) ? kept.token : await newToken()
    await writeFile(`${file}.new`, `${JSON.stringify({ url, token } satisfies Credential)}\n`, {
      mode: 0o600,
      flush: true,
    })
    await rename(`${file}.new`, file)
  }

  async function isGood(text: string): Promise<boolean> {
    return app.store.read(async (tx) => {
      const token = await tx.tokens.bySecret(tokenDigest(text))
      return token !== null && token.revokedAt === null && token.expiresAt > after(tx.now, renewDays * daySeconds)
    })
  }

  async function newToken(): Promise<string> {
    const text = tokenText(app.randomBytes(32))
    await app.store.transaction(async (tx) => {
      const expiresAt = after(tx.now, lifeDays * daySeconds)
      const made = { id: app.newId(), owner: id, label: 'credentials file', scope: {} }
      await tx.tokens.add({ ...made, secretDigest: tokenDigest(text), createdAt: tx.now, expiresAt, revokedAt: null })
      const data = { owner: id, label: made.label, scope: {}, expiresAt: expiresAt.toISOString() }
      await tx.log({ type: 'token.created', actor: lockflight.id, subject: made.id, data })
    })
    return text
  }

  return { leaveCredential }
}

/** Null when there is none, or one that was spoilt: it is then replaced. */
async function readCredential(file: string): Promise<Credential | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  try {
    return credential.parse(JSON.parse(text))
  } catch {
    return null
  }
}
