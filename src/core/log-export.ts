import { z } from 'zod'
import { hashSize } from './merkle.ts'
import { bytesOf } from './note.ts'
import { Refusal } from './refusal.ts'
import { maxEntryBytes } from './tile.ts'
import type { ExportedEntry } from './verify-log.ts'

/** What an exported log consists of, by file name. */
export const exportFiles = {
  entries: 'entries.ndjson',
  checkpoints: 'checkpoints.ndjson',
  vkey: 'log.vkey',
  readme: 'README.md',
} as const

/** A line can hold the largest entry with every byte escaped. */
const maxLineBytes = 8 * maxEntryBytes

const exportedEntry = z
  .strictObject({
    index: z.int().min(0),
    leaf: z.string().nullable(),
    body: z.string().refine((text) => text.isWellFormed(), 'expected whole characters'),
  })
  .transform(({ index, leaf, body }, context): ExportedEntry => {
    const hash = leaf === null ? null : bytesOf(leaf)
    if (leaf !== null && hash?.length !== hashSize) {
      context.addIssue({ code: 'custom', path: ['leaf'], message: 'expected 32 bytes in base64' })
    }
    return { index, body, leaf: hash }
  })

const exportedCheckpoint = z.strictObject({ note: z.string() }).transform(({ note }) => note)

/** The line of an entry, with its newline. */
export function entryLine({ index, leaf, body }: ExportedEntry): string {
  return `${JSON.stringify({ index, leaf: leaf && Buffer.from(leaf).toString('base64'), body })}\n`
}

/** The line of a checkpoint, with its newline. */
export function checkpointLine(note: string): string {
  return `${JSON.stringify({ note })}\n`
}

/** The entries in the bytes of `entries.ndjson`; refuses what is malformed or cut off, naming the line. */
export function readEntries(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ExportedEntry> {
  return readLines(bytes, exportFiles.entries, { schema: exportedEntry, write: entryLine })
}

/** The notes in the bytes of `checkpoints.ndjson`; refuses what is malformed or cut off, naming the line. */
export function readCheckpoints(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  return readLines(bytes, exportFiles.checkpoints, { schema: exportedCheckpoint, write: checkpointLine })
}

/** The text that goes with an export: what it is and how to check it. */
export function exportReadme({ origin, size }: { origin: string; size: number }): string {
  return `# The log of ${origin}, its first ${size} entries

- \`${exportFiles.entries}\`: one entry per line. \`body\` is the entry as it was signed, byte for byte; \`leaf\` is its hash in the tree.
- \`${exportFiles.checkpoints}\`: every checkpoint that was signed (C2SP tlog-checkpoint), with the cosignatures of its witnesses, the smallest first.
- \`${exportFiles.vkey}\`: the public key of the log (C2SP signed-note).

Check it anywhere, without a server:

    lockflight audit verify .

Whoever can forge the log can also forge this folder. So compare the key with one you got another way, and give the
checkpoints you kept from before and the keys of the witnesses you trust:

    lockflight audit verify . --key "$KEY" --checkpoint kept-in-march.txt --witness "$WITNESS"

By hand: the leaf hash of an entry is the SHA-256 of a zero byte and \`body\` as UTF-8; the tree over the leaf hashes is
that of RFC 6962, section 2.1; its root at each size is in the checkpoint of that size.
`
}

async function* readLines<Value>(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  format: LineFormat<Value>,
): AsyncGenerator<Value> {
  let number = 0
  for await (const line of linesOf(bytes, file)) {
    number += 1
    yield readLine(line, `${file}:${number}`, format)
  }
}

interface LineFormat<Value> {
  schema: z.ZodType<Value>
  write: (value: Value) => string
}

/** A line is read only as it would be written, so that no other reader of the file can find something else in it (A15). */
function readLine<Value>(line: string, at: string, { schema, write }: LineFormat<Value>): Value {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    throw malformed(at, 'expected one JSON object', error)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success && write(parsed.data) === `${line}\n`) return parsed.data
  if (parsed.success) throw malformed(at, 'expected the line as `lockflight audit export` writes it')
  throw malformed(at, parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; '))
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  let rest = Buffer.alloc(0)
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    let start = 0
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a, start)) {
      yield rest.toString('utf8', start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
    if (rest.length > maxLineBytes) throw malformed(file, `a line is longer than ${maxLineBytes} bytes`)
  }
  if (rest.length > 0) throw malformed(file, 'the last line does not end: the file was cut off')
}

function malformed(at: string, message: string, cause?: unknown): Refusal {
  return new Refusal('unprocessable', `the exported log cannot be read: ${at}: ${message}`, {
    reason: 'export_invalid',
    problems: [{ at, message }],
    cause,
  })
}
