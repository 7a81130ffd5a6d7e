import { createPublicKey, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { readVkey, vkeyOf } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { readIfThere, writeAtomic } from '../files/durable-file.ts'
import { openSigningKey } from '../files/signing-key.ts'

/** Who a witness is: made at its first start, and the same ever after. */
export interface WitnessIdentity {
  name: string
  privateKey: KeyObject
  /** What logs and auditors are given: name, key id and public key. */
  vkey: string
}

/** Reads `witness.key` and `witness.vkey`, or makes them; refuses another name than the first one. */
export async function openIdentity(
  folder: string,
  name: { given: string | null; otherwise: string },
): Promise<WitnessIdentity> {
  const privateKey = await openSigningKey(join(folder, 'witness.key'), 'witness_key')
  const file = join(folder, 'witness.vkey')
  const text = (await readIfThere(file))?.trim()
  const publicKey = createPublicKey(privateKey)
  const kept = text === undefined ? null : readVkey(text, 'cosignature')
  if (text !== undefined && !kept?.publicKey.equals(publicKey)) {
    throw new Refusal('conflict', `${file} does not belong to the witness.key beside it; restore both from a backup`)
  }
  if (kept && name.given !== null && name.given !== kept.name) {
    throw new Refusal(
      'conflict',
      `the witness in ${folder} is called ${kept.name} for good; another one needs a folder of its own`,
    )
  }
  const chosen = kept?.name ?? name.given ?? name.otherwise
  const vkey = vkeyOf({ name: chosen, publicKey }, 'cosignature')
  if (!readVkey(vkey, 'cosignature')) {
    throw new Refusal('invalid', `expected a name without blanks and +, such as witness.example.org; found ${chosen}`)
  }
  if (!kept) await writeAtomic(file, `${vkey}\n`, 0o644)
  return { name: chosen, privateKey, vkey }
}
