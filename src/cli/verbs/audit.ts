import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Client } from '../../client.ts'
import { openCheckpoint } from '../../core/checkpoint.ts'
import {
  checkpointLine,
  entryLine,
  exportFiles,
  exportReadme,
  readCheckpoints,
  readEntries,
} from '../../core/log-export.ts'
import { readVkey, type VerifierKey } from '../../core/note.ts'
import { Refusal } from '../../core/refusal.ts'
import { verifyLog, type LogVerdict } from '../../core/verify-log.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-code.ts'
import { keptCheckpoints } from '../kept-checkpoints.ts'
import { exportedFolder, readExported, readExportedKey } from '../exported-log.ts'
import { fetchCosigned } from '../fetch-cosigned.ts'
import { fetchCheckpointsBelow, fetchEntries, fetchKey } from '../fetch-log.ts'
import { intoNewFolder } from '../into-new-folder.ts'
import { auditText } from '../views/audit-view.ts'
import { readRemembered, remember } from '../remembered-log.ts'
import { witness, witnessesIn } from '../witness-option.ts'

/** What whoever checks a log knows from elsewhere. */
interface Trusted {
  key?: VerifierKey
  held: string[]
  witnesses: VerifierKey[]
}

/** Checks that nothing in the log was changed, removed or reordered: in an exported folder without any server, or on the server, whose records are then compared with it and whose checkpoint is remembered for the next time. */
export const verifyAudit = command({
  arguments: { folder: { says: 'an exported one; the server’s log when absent', optional: true } },
  options: {
    key: { value: 'vkey', says: 'the log’s key, got another way' },
    checkpoint: {
      value: 'path',
      many: true,
      says: 'one you kept, or an earlier export: the log must still contain it',
    },
    witness,
  },
  async run(context, { folder, key, checkpoint = [], witness: vkeys = [] }) {
    const kept = checkpoint.map((path) => keptCheckpoints(path, context.folder))
    const trusted: Trusted = {
      ...(key !== undefined && { key: keyIn(key) }),
      held: (await Promise.all(kept)).flat(),
      witnesses: witnessesIn(vkeys),
    }
    const verdict =
      folder === undefined
        ? await verifyServer(context, trusted)
        : await verifyFolder(await exportedFolder(context, folder), trusted)
    const audit = folder === undefined ? await withRecords(context, verdict) : plain(verdict)
    context.show(audit, auditText)
    return audit.ok ? exitCodes.ok : exitCodes.failed
  },
})

/** Copies the log as far as its newest checkpoint, with all checkpoints before that one, into a folder that appears only when it is complete. */
export const exportAudit = command({
  arguments: { folder: { says: 'a new one' } },
  options: { witness },
  async run(context, { folder: name, witness: vkeys = [] }) {
    const folder = resolve(context.folder, name)
    const client = await context.client()
    const vkey = await fetchKey(client)
    const note = await fetchCosigned(client, witnessesIn(vkeys))
    const { origin, size } = checkpointIn(note, keyIn(vkey))
    await intoNewFolder(folder, async (draft) => {
      await pipeline(
        linesOf(fetchEntries(client, size), entryLine),
        createWriteStream(join(draft, exportFiles.entries)),
      )
      await pipeline(
        linesOf(checkpointsUpTo(client, { note, size }), checkpointLine),
        createWriteStream(join(draft, exportFiles.checkpoints)),
      )
      await writeFile(join(draft, exportFiles.vkey), `${vkey}\n`)
      await writeFile(join(draft, exportFiles.readme), exportReadme({ origin, size }))
    })
    context.show(
      { folder, origin, size },
      () => `exported ${size} entries; check them with: lockflight audit verify ${name}`,
    )
  },
})

async function verifyFolder(folder: string, { key: given, ...known }: Trusted): Promise<LogVerdict> {
  const entries = readEntries(readExported(folder, exportFiles.entries))
  const checkpoints = readCheckpoints(readExported(folder, exportFiles.checkpoints))
  return verifyLog({ entries, checkpoints, ...known, key: given ?? (await readExportedKey(folder)) })
}

async function verifyServer(context: Context, { key: given, held, witnesses }: Trusted): Promise<LogVerdict> {
  const client = await context.client()
  const vkey = await fetchKey(client)
  const key = given ?? keyIn(vkey)
  const remembered = readRemembered(context.home, key.name)
  if (remembered && !given && remembered.vkey !== vkey) {
    const reason = `the log’s key was ${remembered.vkey} the last time, and is ${vkey} now`
    return { ok: false, violates: 'consistency', index: 0, proven: 0, reason }
  }
  const note = await fetchCosigned(client, witnesses)
  const opened = openCheckpoint(note, key)
  if ('problem' in opened) {
    const reason = `the newest checkpoint of the server is ${opened.problem}`
    return { ok: false, violates: 'consistency', index: 0, proven: 0, reason }
  }
  const { size } = opened.checkpoint
  const known = remembered ? [...held, remembered.note] : held
  const checkpoints = checkpointsUpTo(client, { note, size })
  const verdict = await verifyLog({ entries: fetchEntries(client, size), checkpoints, held: known, key, witnesses })
  if (verdict.ok && verdict.size > 0) await remember(context.home, { origin: key.name, vkey, note })
  return verdict
}

/** Only a log that is whole can say what the records should be. */
async function withRecords(context: Context, verdict: LogVerdict) {
  const audit = plain(verdict)
  if (!audit.ok) return audit
  const { items: discrepancies } = await (await context.client()).listDiscrepancies({})
  if (discrepancies.length === 0) return audit
  return { ...audit, ok: false as const, violates: 'records' as const, discrepancies }
}

function keyIn(text: string): VerifierKey {
  const key = readVkey(text)
  if (key) return key
  throw new Refusal('invalid', `expected a verifier key, name+id+base64; found ${text}`)
}

function checkpointIn(note: string, key: VerifierKey) {
  const opened = openCheckpoint(note, key)
  if ('checkpoint' in opened) return opened.checkpoint
  throw new Refusal('unprocessable', `the server’s newest checkpoint is ${opened.problem}`)
}

/** All checkpoints up to the newest that is looked at: the log goes on meanwhile. */
async function* checkpointsUpTo(
  client: Client,
  { note, size }: { note: string; size: number },
): AsyncGenerator<string> {
  yield* fetchCheckpointsBelow(client, size)
  if (size > 0) yield note
}

async function* linesOf<Item>(items: AsyncIterable<Item>, line: (item: Item) => string): AsyncGenerator<string> {
  for await (const item of items) yield line(item)
}

/** The verdict as JSON can say it. */
function plain(verdict: LogVerdict) {
  return verdict.ok ? { ...verdict, root: Buffer.from(verdict.root).toString('base64') } : verdict
}
