import { z } from 'zod'
import { readPublicKey } from '../core/admission.ts'
import { digest, digestOfJson, type Digest } from '../core/digest.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { insidePath } from '../core/names.ts'
import { Refusal } from '../core/refusal.ts'
import { refusedBundle, signedFact } from '../core/signed-fact.ts'
import type { NamedSigner } from '../core/trust-policy.ts'
import { heldRoot, publicGoodRoot, type NamedRoot } from './named-roots.ts'

const heldRootSetting = z
  .strictObject({
    'root-file': insidePath.optional().describe('A file beside lockflight.yaml; applying puts what it says beside it'),
    root: z.record(z.string(), z.unknown()).optional().describe('The same, written here'),
  })
  .superRefine(({ root, 'root-file': file }, context) => {
    if (root === undefined && file === undefined) {
      context.addIssue({ code: 'custom', message: 'expected `root-file` or `root`, found neither' })
    }
    if (root === undefined) return
    const message = disbeliefIn(() => heldRoot(root))
    if (message !== null) context.addIssue({ code: 'custom', path: ['root'], message })
  })

/** Settings of gates that check signatures of others: against which Sigstore trusted roots. */
export const trustedRoots = z
  .array(z.union([z.literal('public-good'), heldRootSetting]))
  .min(1)
  .max(10)
  .describe(
    'Whose certificates, transparency logs and time stamps count: `public-good` for the instance everybody can use, or trusted roots of your own',
  )
export type RootSettings = z.output<typeof trustedRoots>

/** What counts where nobody says otherwise. */
export const usualRoots: RootSettings = ['public-good']

/** Which roots were looked at, as evidence names them. */
export const usedRoots = z.array(z.strictObject({ name: z.string(), digest }))

/** A fact, with the root by which it is one. */
export const rootedFact = signedFact.safeExtend({ root: digest })

/** Why there is no fact, with the root by which there is none; null where it did not come to that. */
export const rootedRefusal = refusedBundle.safeExtend({ root: digest.nullable() })

/** The roots that settings name; refuses with `invalid` where the file of one was not given. */
export function rootsOf(settings: RootSettings): NamedRoot[] {
  return settings.map((each) => {
    if (each === 'public-good') return publicGoodRoot()
    if (each.root) return heldRoot(each.root)
    throw new Refusal('invalid', `what ${each['root-file']} says is not known here; apply the configuration again`)
  })
}

/** Digests of the roots among those looked at that settings trust: other settings may have been in force then. */
export function trustedAmong(used: z.output<typeof usedRoots>, settings: RootSettings): Set<Digest> {
  const names = new Set<string>(
    settings.map((each) => (each === 'public-good' ? each : digestOfJson(each.root ?? null))),
  )
  return new Set(used.filter(({ name }) => names.has(name)).map((each) => each.digest))
}

/** Every key among signers that is none, with its place. */
export function keyProblems(signers: NamedSigner[]): { path: (string | number)[]; message: string }[] {
  return signers.flatMap((signer, index) => {
    const message = 'key' in signer ? disbeliefIn(() => readPublicKey(signer.key)) : null
    return message === null ? [] : [{ path: [index, 'key'], message }]
  })
}

function disbeliefIn(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof Disbelieved) return error.message
    throw error
  }
}
