import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Refusal } from '../core/refusal.ts'
import type { TokenSource } from './keyless-settings.ts'
import { runProgram } from './run-program.ts'

const limitSeconds = 30
const claims = z.looseObject({ exp: z.number(), sub: z.string().min(1) })

/** A fresh identity token; refuses with `unavailable` what is none or has expired, never showing it. */
export async function identityToken(source: TokenSource): Promise<string> {
  const text = (await textFrom(source)).trim()
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(text) ?? []
  const read = payload === undefined ? undefined : claims.safeParse(jsonIn(payload))
  if (!read?.success) throw refused(source, 'no identity token (a signed JWT with sub and exp)')
  if (read.data.exp * 1000 > Date.now()) return text
  throw refused(source, `one that expired at ${new Date(read.data.exp * 1000).toISOString()}`)
}

async function textFrom(source: TokenSource): Promise<string> {
  if ('program' in source) return runProgram({ program: source.program, arguments: [], limitSeconds })
  if ('variable' in source) return process.env[source.variable] ?? ''
  return readFile(source.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw refused(source, `none: ${error.message}`)
  })
}

function jsonIn(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

function refused(source: TokenSource, found: string): Refusal {
  const [place] = Object.values(source)
  return new Refusal('unavailable', `expected an identity token from ${place}, found ${found}`, {
    reason: 'signer_unavailable',
  })
}
