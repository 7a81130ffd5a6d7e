import { Refusal } from '../core/refusal.ts'
import { readPrivateFile } from './private-file.ts'

/** What opens encrypted keys. */
export interface Passphrase {
  /** Where it comes from, for people; never the passphrase. */
  source: string
  /** Read anew each time, so that it can be changed while a server runs. */
  read(): Promise<string>
}

/** The passphrase in a file that only its owner may read, without the line end after it. */
export function passphraseInFile(path: string): Passphrase {
  return {
    source: path,
    async read() {
      const found = await readPrivateFile(path)
      const text = found?.bytes.toString('utf8').replace(/\r?\n$/, '') ?? ''
      if (text !== '') return text
      const what = found ? 'an empty file' : 'no file'
      throw new Refusal('unavailable', `expected a passphrase in ${path}, found ${what}`, { reason: 'key_passphrase' })
    },
  }
}

/** A passphrase that was given; `source` says where, for people. */
export function knownPassphrase(text: string, source: string): Passphrase {
  return { source, read: async () => text }
}
