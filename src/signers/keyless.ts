import { bundleToJSON } from '@sigstore/bundle'
import { certifiedKey } from '../core/active-key.ts'
import { anyBundle, type AnyBundle, type Signer, type Statement } from '../core/attestation.ts'
import { payloadOf } from '../core/dsse.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import { identityToken } from './identity-token.ts'
import { readKeylessSettings, type KeylessSettings } from './keyless-settings.ts'

/** Of one request, which is made twice at most. */
const patience = { timeout: 10_000, retry: { retries: 1, minTimeout: 200 } }

/** Signs with a key that is made for one signature and thrown away: Fulcio certifies it for the identity in a token, Rekor logs the signature, and a time-stamping authority says when it was. What is to be signed is public from then on. */
export async function createKeylessSigner(file: string): Promise<Signer> {
  let settings = await readKeylessSettings(file)
  const key = () => certifiedKey(settings.signsAs)
  return {
    keys: async () => [key()],
    async renew() {
      settings = await readKeylessSettings(file)
      return key()
    },
    async sign(statement, { id }) {
      if (id === key().id) return signAs(settings, statement)
      throw refused(`${file} does not describe ${id} any more`)
    },
    async check() {
      await identityToken(settings.token)
    },
  }
}

async function signAs(settings: KeylessSettings, statement: Statement): Promise<AnyBundle> {
  const token = await identityToken(settings.token)
  // Loading it takes longer than many commands do.
  const { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } = await import('@sigstore/sign')
  const builder = new DSSEBundleBuilder({
    signer: new FulcioSigner({
      fulcioBaseURL: settings.fulcio,
      identityProvider: { getToken: async () => token },
      ...patience,
    }),
    witnesses: [
      new RekorWitness({ rekorBaseURL: settings.rekor, majorApiVersion: settings['rekor-version'], ...patience }),
      new TSAWitness({ tsaBaseURL: settings.timestamp, ...patience }),
    ],
  })
  const { bytes, type } = payloadOf(statement)
  const bundle = await builder.create({ data: bytes, type }).catch((error: unknown) => {
    const { code = '', message } = error as Error & { code?: string }
    // Neither the library nor a service may put the token into what people read.
    throw refused(oneLine(`${code} ${message}`.replaceAll(token, '…'), 300))
  })
  return anyBundle.parse(bundleToJSON(bundle))
}

function refused(why: string): Refusal {
  return new Refusal('unavailable', `nothing was signed: ${why}`, { reason: 'signer_unavailable' })
}
