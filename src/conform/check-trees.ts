import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { ConformanceCase } from '../core/conformance.ts'
import { append, emptyFrontier, leafHash, rootOf } from '../core/merkle.ts'
import { verifyConsistency, verifyInclusion } from '../core/merkle-proof.ts'
import { bytesOf } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { readJson } from '../trust/read-json.ts'
import { readBytes } from './read-bytes.ts'

const hash = z.string().transform((text, context) => bytesOf(text) ?? refuse(context))
const proof = z
  .array(hash)
  .nullable()
  .transform((hashes) => hashes ?? [])
/** What the suite says of a case besides the proof. */
const about = { desc: z.string().optional(), wantErr: z.boolean().optional() }

const inclusion = z.strictObject({
  leafIdx: z.number(),
  treeSize: z.number(),
  leafHash: hash,
  root: hash,
  proof,
  ...about,
})

const consistency = z.strictObject({
  size1: z.number(),
  size2: z.number(),
  root1: hash,
  root2: hash,
  proof,
  ...about,
})

function refuse(context: z.core.$RefinementCtx): Buffer {
  context.issues.push({ code: 'custom', message: 'expected base64', input: '' })
  return Buffer.alloc(0)
}

type TreeCase = Extract<ConformanceCase, { check: 'tlog-inclusion' | 'tlog-consistency' }>

/** Verifies an inclusion proof (RFC 6962), in the form of transparency-dev/merkle. */
export async function checkInclusion({ file }: TreeCase): Promise<string> {
  const { leafIdx: index, treeSize: size, leafHash: leaf, root, proof: path } = await read(file, inclusion)
  return demand(verifyInclusion({ index, size, leaf, root, proof: path }))
}

/** Verifies a consistency proof (RFC 6962), in the form of transparency-dev/merkle. */
export async function checkConsistency({ file }: TreeCase): Promise<string> {
  return demand(verifyConsistency(await read(file, consistency)))
}

/** The root over the first files of a folder in the order of their numbers, each an entry, as base64. */
export async function showRoot({ folder, size }: Extract<ConformanceCase, { check: 'tlog-root' }>): Promise<string> {
  const names = (await readdir(folder)).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  if (names.length < size) {
    throw new Refusal('unprocessable', `expected ${size} entries in ${folder}, found ${names.length}`, {
      reason: 'tlog.incomplete',
    })
  }
  const frontier = emptyFrontier()
  for (const name of names.slice(0, size)) append(frontier, leafHash(await readBytes(join(folder, name))))
  return Buffer.from(rootOf(frontier)).toString('base64')
}

async function read<Value>(file: string, schema: z.ZodType<Value>): Promise<Value> {
  const parsed = schema.safeParse(readJson(await readBytes(file), 'tlog.malformed'))
  if (parsed.success) return parsed.data
  throw new Disbelieved('tlog.malformed', z.prettifyError(parsed.error))
}

function demand(holds: boolean): string {
  if (holds) return ''
  throw new Disbelieved('tlog.proof', 'the proof does not lead to the root')
}
