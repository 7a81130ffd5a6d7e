import { readVkey, type VerifierKey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'

/** The option of everything that can demand cosignatures. */
export const witness = {
  value: 'vkey',
  many: true,
  says: 'the key of a witness, as it shows it when it starts: it must have cosigned',
} as const

/** The keys that were given so; refuses what is none of a witness. */
export function witnessesIn(vkeys: string[]): VerifierKey[] {
  return vkeys.map((text) => {
    const key = readVkey(text, 'cosignature')
    if (key) return key
    throw new Refusal('invalid', `expected the key of a witness, name+id+base64; found ${text}`)
  })
}
