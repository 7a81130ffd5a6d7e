import type { Signer } from '../core/attestation.ts'
import type { SignerSetting } from '../core/signer-setting.ts'
import { createCommandSigner } from './command.ts'
import { createKeylessSigner } from './keyless.ts'
import { createLocalSigner } from './local-key.ts'
import { knownPassphrase, passphraseInFile, type Passphrase } from './passphrase.ts'

/** The signer that a setting names; `folder` and `now` are for keys that are kept here. */
export async function createSigner(
  setting: SignerSetting,
  here: { folder: string; now: () => Promise<Date> },
): Promise<Signer> {
  switch (setting.use) {
    case 'local':
      return createLocalSigner({ ...here, passphrase: setting.passphrase && passphraseOf(setting.passphrase) })
    case 'command':
      return createCommandSigner(setting.program)
    case 'keyless':
      return createKeylessSigner(setting.file)
  }
}

/** A passphrase as settings name it. */
export function passphraseOf(given: { file: string } | { text: string }): Passphrase {
  return 'file' in given ? passphraseInFile(given.file) : knownPassphrase(given.text, 'LOCKFLIGHT_KEY_PASSPHRASE')
}
