import type { Bundle } from '@sigstore/bundle'
import { ASN1Obj } from '@sigstore/core'
import type { TrustMaterial } from './trust-material.ts'
import { Disbelieved } from '../core/disbelieved.ts'

/** Certificates that a timestamp brings along: each must be one that the trusted root has for its authorities, as nothing else vouches for it. */
export function checkTimestamps(
  { verificationMaterial }: Bundle,
  authorities: TrustMaterial['timestampAuthorities'],
): void {
  const trusted =
    known.get(authorities) ?? authorities.flatMap(({ certChain }) => certChain.map(({ root }) => root.toDER()))
  known.set(authorities, trusted)
  for (const { signedTimestamp } of verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []) {
    if (certificatesIn(signedTimestamp).some((certificate) => !trusted.some((one) => one.equals(certificate)))) {
      throw new Disbelieved(
        'timestamp.invalid',
        'the timestamp brings a certificate that the trusted root does not have',
      )
    }
  }
}

/** Spelling them out again for each bundle takes a sixth of the whole check. */
const known = new WeakMap<TrustMaterial['timestampAuthorities'], Buffer[]>()

/** RFC 3161 §2.4.2: the response holds a ContentInfo with SignedData, whose `certificates [0]` are optional (RFC 5652 §5.1). */
function certificatesIn(signedTimestamp: Buffer): Buffer[] {
  try {
    const [, contentInfo] = ASN1Obj.parseBuffer(Buffer.from(signedTimestamp)).subs
    const signedData = contentInfo?.subs[1]?.subs[0]
    const certificates = signedData?.subs.find(({ tag }) => tag.isContextSpecific(0))
    return certificates?.subs.map((certificate) => certificate.toDER()) ?? []
  } catch (error) {
    throw new Disbelieved('timestamp.invalid', `not a timestamp: ${(error as Error).message}`, error)
  }
}
