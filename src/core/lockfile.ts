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

const readers: Record<string, Reader> = {
  'package-lock.json': readNpmLockfile,
  'npm-shrinkwrap.json': readNpmLockfile,
}

/** The file names that package managers keep their lockfiles under; what is in most of them, nobody here reads. */
export const lockfileNames: readonly string[] = [
  ...Object.keys(readers),
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'deno.lock',
  'Cargo.lock',
  'go.sum',
  'poetry.lock',
  'pdm.lock',
  'uv.lock',
  'pylock.toml',
  'Pipfile.lock',
  'Gemfile.lock',
  'composer.lock',
  'packages.lock.json',
  'mix.lock',
  'gradle.lockfile',
  'pubspec.lock',
  'Package.resolved',
  'Podfile.lock',
  'conan.lock',
  'flake.lock',
  '.terraform.lock.hcl',
]

/** What a lockfile says, by the format that its name stands for. */
export function readLockfile(path: string, bytes: Uint8Array): LockedPackage[] | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return (Object.hasOwn(readers, name) ? readers[name] : undefined)?.(bytes) ?? null
}
