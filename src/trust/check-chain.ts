import type { Bundle } from '@sigstore/bundle'
import { X509Certificate } from '@sigstore/core'
import type { TrustMaterial } from './trust-material.ts'
import { Disbelieved } from '../core/disbelieved.ts'

/** Certificates that a bundle brings beside the signer's own: each must be one that the trusted root has too, as nothing else vouches for it. */
export function checkChain(
  { verificationMaterial: { content } }: Bundle,
  authorities: TrustMaterial['certificateAuthorities'],
): void {
  if (content.$case !== 'x509CertificateChain') return
  const [, ...others] = content.x509CertificateChain.certificates.map(({ rawBytes }) => parse(rawBytes))
  if (others.some(({ subject, issuer }) => subject.equals(issuer))) {
    throw new Disbelieved(
      'certificate.chain',
      'the bundle brings a root certificate; roots come from the trusted root only',
    )
  }
  const trusted = authorities.flatMap(({ certChain }) => certChain)
  const stranger = others.find((certificate) => !trusted.some((known) => known.equals(certificate)))
  if (stranger)
    throw new Disbelieved('certificate.chain', 'the bundle brings a certificate that the trusted root does not have')
}

function parse(bytes: Buffer): X509Certificate {
  try {
    return X509Certificate.parse(Buffer.from(bytes))
  } catch (error) {
    throw new Disbelieved('certificate.invalid', `not a certificate: ${(error as Error).message}`, error)
  }
}
