import { verify } from 'node:crypto'
import type { Signer, SigningKey } from '../core/attestation.ts'
import { bundleWith, p256Key, payloadOf, preAuthenticationEncoding } from '../core/dsse.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import { refuseWritable } from './refuse-writable.ts'
import { runProgram } from './run-program.ts'

const limitSeconds = 30
const goodMilliseconds = 30_000
const usualLookMilliseconds = 300_000
/** The probe is no statement: whoever gets hold of its signature has nothing. */
const probeType = 'application/vnd.lockflight.probe'

/**
 * Signs by a program that asks a key management system: `PROGRAM public-key` prints the public key, `PROGRAM sign KEY`
 * reads what is to be signed and prints the signature. docs/signing.md has the whole protocol. After
 * `lookAfterMilliseconds` it is asked again for its newest key: another server may have let that one take over.
 */
export async function createCommandSigner(
  program: string,
  lookAfterMilliseconds = usualLookMilliseconds,
): Promise<Signer> {
  await refuseWritable(program)
  /** The newest first; whether it still has the others shows when they are to sign. */
  let held: SigningKey[] = []
  let askedAt = -Infinity
  /** Until when the last signature speaks for the next: a key management system is not asked for every look at `/readyz`. */
  let good: { id: string; until: number } | undefined

  async function newest(): Promise<SigningKey & { publicKey: string }> {
    const pem = await runProgram({ program, arguments: ['public-key'], limitSeconds })
    const id = p256Key(pem)?.id
    if (!id) throw refused(program, `expected an ECDSA P-256 public key in PEM from public-key, found ${shown(pem)}`)
    const key = { id, publicKey: pem, identity: null }
    held = [key, ...held.filter((each) => each.id !== id)]
    askedAt = performance.now()
    return key
  }

  async function signatureOf(key: SigningKey, type: string, payload: Uint8Array): Promise<Buffer> {
    good = undefined
    const bytes = preAuthenticationEncoding(type, payload)
    const answer = await runProgram({ program, arguments: ['sign', key.id], input: bytes, limitSeconds })
    const text = answer.replaceAll(/\s/g, '')
    const signature = Buffer.from(text, 'base64')
    if (text === '' || signature.toString('base64') !== text) {
      throw refused(program, `expected a signature in base64 from sign, found ${shown(answer)}`)
    }
    const publicKey = p256Key(key.publicKey ?? '')?.key
    if (publicKey && verify('sha256', bytes, { key: publicKey, dsaEncoding: 'der' }, signature)) {
      good = { id: key.id, until: performance.now() + goodMilliseconds }
      return signature
    }
    // Perhaps it has a new key by now.
    held = held.filter(({ id }) => id !== key.id)
    askedAt = -Infinity
    throw refused(program, `expected a signature by ${key.id}, found one that this key did not make`)
  }

  return {
    async keys() {
      if (performance.now() - askedAt >= lookAfterMilliseconds) await newest()
      return held
    },
    renew: newest,
    async sign(statement, key) {
      const payload = payloadOf(statement)
      return bundleWith(payload, { hint: key.id, signature: await signatureOf(key, payload.type, payload.bytes) })
    },
    async check(key) {
      if (good?.id === key.id && good.until > performance.now()) return
      await signatureOf(key, probeType, Buffer.from('probe'))
    },
  }
}

function refused(program: string, why: string): Refusal {
  return new Refusal('unavailable', `${program}: ${why}`, { reason: 'signer_unavailable' })
}

/** Only the beginning: a program that went wrong may print anything. */
function shown(text: string): string {
  return text.trim() === '' ? 'nothing' : `something that begins with ${oneLine(text, 24)}`
}
