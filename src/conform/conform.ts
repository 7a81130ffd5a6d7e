import type { ConformanceCase, ConformanceVerdict } from '../core/conformance.ts'
import { Refusal } from '../core/refusal.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { checkBundle, checkProvenance } from './check-bundle.ts'
import { checkEnvelope } from './check-envelope.ts'
import { checkCheckpoint, checkNote } from './check-notes.ts'
import { checkConsistency, checkInclusion, showRoot } from './check-trees.ts'
import { checkToken, checkWebhook } from './check-tokens.ts'
import { readBytes } from './read-bytes.ts'

/** Reads a document of one kind; refuses what is none. */
export type Parsers = Record<string, (bytes: Uint8Array, file: string) => unknown>

/** Decides one case through the same functions that gates and the API use; without network, and without asking what time it is. What is neither accepted nor refused, such as a missing file, throws. */
export async function conform(one: ConformanceCase, parsers: Parsers): Promise<ConformanceVerdict> {
  try {
    const detail = await decide(one, parsers)
    return { verdict: 'accepted', reason: '', detail }
  } catch (error) {
    if (error instanceof Disbelieved) return { verdict: 'refused', reason: error.reason, detail: error.message }
    // Which check there is and which files is not a matter of the case.
    if (error instanceof Refusal && error.reason !== 'usage') return refusedBy(error)
    throw error
  }
}

/** What there is to say about an accepted case. */
async function decide(one: ConformanceCase, parsers: Parsers): Promise<string> {
  switch (one.check) {
    case 'verify-bundle':
      return checkBundle(one)
    case 'verify-provenance':
      return checkProvenance(one)
    case 'dsse-verify':
      return checkEnvelope(one)
    case 'note-verify':
      return checkNote(one)
    case 'checkpoint-verify':
      return checkCheckpoint(one)
    case 'tlog-inclusion':
      return checkInclusion(one)
    case 'tlog-consistency':
      return checkConsistency(one)
    case 'tlog-root':
      return showRoot(one)
    case 'jws-verify':
      return checkToken(one)
    case 'webhook-verify':
      return checkWebhook(one)
    case 'parse':
      return parse(one, parsers)
  }
}

async function parse({ as, file }: { as: string; file: string }, parsers: Parsers): Promise<string> {
  const parser = Object.hasOwn(parsers, as) ? parsers[as] : undefined
  if (!parser) {
    const known = Object.keys(parsers).join(', ')
    throw new Refusal('invalid', `expected one of ${known} after --as; found ${as}`, { reason: 'usage' })
  }
  parser(await readBytes(file), file)
  return ''
}

function refusedBy({ reason, message, problems }: Refusal): ConformanceVerdict {
  const places = problems.map(({ at, message: problem }) => `${at} ${problem}`)
  return { verdict: 'refused', reason, detail: [message, ...places].join('; ') }
}
