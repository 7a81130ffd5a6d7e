import { join } from 'node:path'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { readHidden } from '../prompt.ts'
import { keysText } from '../views/keys-view.ts'

const reason = { value: 'text', says: 'why', required: true } as const

/** Shows the public keys, each ready to be saved as a file. */
export const keys = command({
  async run(context) {
    context.show(await context.ask((client) => client.listKeys({})), keysText)
  },
})

/** Lets another key sign. */
export const rotateKey = command({
  options: {
    reason,
    overlap: { value: 'duration', says: 'how long what the keys before it sign still counts', default: '24h' },
  },
  async run(context, { reason: why, overlap }) {
    const key = await context.ask((client) => client.rotateKey({ reason: why, overlap }))
    context.show(key, ({ id }) => `${id} signs from now on; what was signed before still counts`)
  },
})

/** Lets what a key has signed count no more. */
export const revokeKey = command({
  arguments: { key: { says: 'its id' } },
  options: { reason, from: { value: 'time', says: 'what was stored before that still counts: 2026-11-23T10:00:00Z' } },
  async run(context, { key: id, reason: why, from }) {
    const moment = from === undefined ? undefined : momentOf(from)
    const request = { id, reason: why, ...(moment && { from: moment.toISOString() }) }
    const key = await context.ask((client) => client.revokeKey(request))
    context.show(
      key,
      () => `${id} is revoked; no gate counts ${from ? `what came in from ${from} on` : 'what it signed'}`,
    )
  },
})

/** Encrypts the keys in the home folder, without a server. */
export const protectKeys = command({
  options: {
    'passphrase-file': { value: 'path', says: 'with what is to open them from now on; asked for when absent' },
  },
  async run(context, { passphraseFile }) {
    const folder = join(context.home.folder, 'keys')
    const after =
      passphraseFile === undefined ? { text: await readHidden('the new passphrase') } : { file: passphraseFile }
    const files = await context.parts.protectKeys(
      folder,
      'file' in after ? { file: join(context.folder, after.file) } : after,
    )
    context.say('a server that starts needs LOCKFLIGHT_KEY_PASSPHRASE_FILE or LOCKFLIGHT_KEY_PASSPHRASE from now on')
    context.show({ files }, () => files.map((file) => `${file} is encrypted`).join('\n'))
  },
})

function momentOf(text: string): Date {
  const moment = new Date(text)
  if (/^\d{4}-\d{2}-\d{2}T\S+Z$/.test(text) && !Number.isNaN(moment.getTime())) return moment
  throw new Refusal('invalid', `expected --from as a time such as 2026-11-23T10:00:00Z; found ${text}`, {
    reason: 'usage',
  })
}
