import { readPublicKey } from '../core/admission.ts'
import type { ConformanceCase } from '../core/conformance.ts'
import { verifyEnvelope } from '../trust/verify-envelope.ts'
import { readBytes, readText } from './read-bytes.ts'

/** Verifies a DSSE envelope against some of several keys. */
export async function checkEnvelope({
  keys,
  threshold,
  payloadType,
  envelope,
}: Extract<ConformanceCase, { check: 'dsse-verify' }>): Promise<string> {
  const read = await Promise.all(keys.map(async (key) => readPublicKey(await readText(key))))
  verifyEnvelope(await readBytes(envelope), { keys: read, threshold, payloadType })
  return ''
}
