import type { Digest } from './digest.ts'
import type { LockedPackage } from './locked-package.ts'
import { readNpmLockfile } from './npm-lockfile.ts'

/** A file of a commit that pins what a build takes from elsewhere. */
export interface Lockfile {
  /** In the repository. */
  path: string
  digest: Digest
  /** Null for a format that is not read here, and for a file that is not what its name promises. */
  packages: LockedPackage[] | null
}

type Reader = (bytes: Uint8Array) => LockedPackage[] | null

const unread: Reader = () => null

const formats: Record<string, Reader> = {
  'package-lock.json': readNpmLockfile,
  'npm-shrinkwrap.json': readNpmLockfile,
  'yarn.lock': unread,
  'pnpm-lock.yaml': unread,
  'bun.lock': unread,
  'deno.lock': unread,
  'Cargo.lock': unread,
  'go.sum': unread,
  'poetry.lock': unread,
  'pdm.lock': unread,
  'uv.lock': unread,
  'Pipfile.lock': unread,
  'pylock.toml': unread,
  'Gemfile.lock': unread,
  'composer.lock': unread,
  'packages.lock.json': unread,
  'gradle.lockfile': unread,
  'mix.lock': unread,
  'pubspec.lock': unread,
  'Package.resolved': unread,
  'Podfile.lock': unread,
  'conan.lock': unread,
  'flake.lock': unread,
  '.terraform.lock.hcl': unread,
}

/** The file names that package managers keep their lockfiles under. */
export const lockfileNames: readonly string[] = Object.keys(formats)

/** What a lockfile says, by the format that its name stands for. */
export function readLockfile(path: string, bytes: Uint8Array): LockedPackage[] | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return (Object.hasOwn(formats, name) ? formats[name] : undefined)?.(bytes) ?? null
}
