import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { proofText, readProof, verifyProof } from '../../core/log-proof.ts'
import { readVkey } from '../../core/note.ts'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { fetchKey } from '../fetch-log.ts'
import { readGiven } from '../read-given.ts'
import { witness, witnessesIn } from '../witness-option.ts'
import { provenText, writtenText } from '../views/proof-view.ts'

/** Writes down what the log says of a promotion so that it can be checked anywhere; what the server answers is checked first. */
export const provePromotion = command({
  arguments: { promotion: { says: 'the id of a promotion' } },
  options: { out: { value: 'file', says: 'a new one; standard output when absent' } },
  async run(context, { promotion, out }) {
    const project = await context.project()
    const client = await context.client()
    const { checkpoint, entries } = await client.provePromotion({ project, id: promotion })
    const text = proofText({ promotion, vkey: await fetchKey(client), checkpoint, entries })
    const proven = verifyProof(readProof(text))
    if (out === undefined) return void process.stdout.write(text)
    await writeNew(resolve(context.folder, out), text)
    context.show({ file: out, size: proven.checkpoint.size, entries: entries.length }, writtenText)
  },
})

/** Checks such a file offline. Without a key got another way, it only says that the file agrees with itself. */
export const verifyPromotionProof = command({
  arguments: { file: { says: 'from `lockflight audit proof`' } },
  options: { key: { value: 'vkey', says: 'the log’s key, got another way' }, witness },
  async run(context, { file: name, key, witness: vkeys = [] }) {
    const trusted = key === undefined ? undefined : readVkey(key)
    if (trusted === null) throw new Refusal('invalid', `expected a verifier key, name+id+base64; found ${key}`)
    const given = { what: 'a proof', name, folder: context.folder }
    const proof = readProof(await readGiven(given, (file) => readFile(file)))
    const { promotion, checkpoint, witnesses, entries } = verifyProof(proof, trusted, witnessesIn(vkeys))
    const { origin, size, root } = checkpoint
    const shown = {
      ok: true,
      promotion,
      vkey: proof.vkey,
      keyGiven: trusted !== undefined,
      checkpoint: { origin, size, root: Buffer.from(root).toString('base64') },
      witnesses,
      entries: entries.map(({ index, entry }) => ({ index, ...entry })),
    }
    context.show(shown, provenText)
  },
})

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Refusal('conflict', `${file} is already there; nothing was written`)
  }
}
