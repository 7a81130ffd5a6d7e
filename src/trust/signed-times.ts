import type { Bundle } from '@sigstore/bundle'
import { RFC3161Timestamp } from '@sigstore/core'

/** The times in a bundle that a log or a timestamp authority has signed; only of a bundle that was verified. */
export function signedTimes({ verificationMaterial }: Bundle): Date[] {
  const { tlogEntries, timestampVerificationData } = verificationMaterial
  return [
    ...tlogEntries
      .filter(({ inclusionPromise }) => inclusionPromise !== undefined)
      .map(({ integratedTime }) => new Date(Number(integratedTime) * 1000)),
    ...(timestampVerificationData?.rfc3161Timestamps ?? []).map(
      ({ signedTimestamp }) => RFC3161Timestamp.parse(Buffer.from(signedTimestamp)).signingTime,
    ),
  ]
}
