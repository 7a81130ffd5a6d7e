/** One package as a lockfile pins it. */
export interface LockedPackage {
  name: string
  version: string
  /** Null when the lockfile names no place that others could fetch it from. */
  purl: string | null
  /** As declared; null where the lockfile says nothing. */
  license: string | null
  /** In hexadecimal, under the names that CycloneDX has for them. */
  hashes: { alg: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'; content: string }[]
  /** Whether the lockfile says that it is only needed to develop. */
  isForDevelopment: boolean
}
