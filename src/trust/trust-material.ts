import type { toSignedEntity, toTrustMaterial } from '@sigstore/verify'

/** A trusted root in the shape the verifier takes; the library does not export the name. */
export type TrustMaterial = ReturnType<typeof toTrustMaterial>

/** What was signed, in the shape the verifier takes. */
export type SignedContent = ReturnType<typeof toSignedEntity>['signature']
