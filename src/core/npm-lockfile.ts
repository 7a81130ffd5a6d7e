import { z } from 'zod'
import type { LockedPackage } from './locked-package.ts'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

const limits = { maxBytes: 16 * 1024 * 1024, maxKeys: 50_000 }

/** A `package-lock.json` of npm 7 and later (docs.npmjs.com, `package-lock.json`), as far as packages are named in it. */
const npmLockfile = z.object({
  lockfileVersion: z.union([z.literal(2), z.literal(3)]),
  packages: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      version: z.string().optional(),
      // No package has a longer place or more checksums, and what is listed of all of them must stay readable.
      resolved: z.union([z.string().max(2048), z.boolean()]).optional(),
      integrity: z.string().max(400).optional(),
      license: z.unknown().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
})
type Entry = z.output<typeof npmLockfile>['packages'][string]

const packageName = /^(?:@[^/@\s\p{C}]{1,214}\/)?[^/@\s\p{C}]{1,214}$/u
const packageVersion = /^[^\s\p{C}]{1,256}$/u

/** The packages a lockfile of npm installs, without those of the repository itself; null when it is none that can be read. */
export function readNpmLockfile(bytes: Uint8Array): LockedPackage[] | null {
  const read = npmLockfile.safeParse(orNull(() => parseStrictJson(bytes, limits)))
  if (!read.success) return null
  const installed = Object.entries(read.data.packages)
    .map(([folder, entry]) => ({ folderName: nameIn(folder), ...entry }))
    .filter(({ folderName, link }) => folderName !== null && link !== true)
  const packages = installed.map(({ folderName, name = folderName ?? '', version = '', ...entry }) =>
    packageName.test(name) && packageVersion.test(version) ? packageOf(name, version, entry) : null,
  )
  return packages.every((each) => each !== null) ? packages : null
}

function orNull<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

/** What lies outside of every `node_modules` is part of the repository. */
function nameIn(folder: string): string | null {
  const path = `/${folder}`
  const at = path.lastIndexOf('/node_modules/')
  return at === -1 ? null : path.slice(at + '/node_modules/'.length)
}

function packageOf(name: string, version: string, entry: Omit<Entry, 'name' | 'version'>): LockedPackage {
  const { resolved, integrity, license, dev, devOptional } = entry
  return {
    name,
    version,
    purl: purlOf(name, version, typeof resolved === 'string' ? resolved : undefined),
    license: typeof license === 'string' && license !== '' ? license.slice(0, 300).toWellFormed() : null,
    hashes: hashesIn(integrity ?? ''),
    isForDevelopment: dev === true || devOptional === true,
  }
}

const usualRegistry = 'https://registry.npmjs.org/'

/** A package URL (purl-spec, type npm); where it does not come from the usual registry, the place without any credentials. */
function purlOf(name: string, version: string, resolved: string | undefined): string | null {
  const purl = `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(version)}`
  if (resolved === undefined || resolved.startsWith(usualRegistry)) return purl
  if (!URL.canParse(resolved)) return null
  const url = new URL(resolved)
  const kind = /^https?:$/.test(url.protocol) ? 'download_url' : /^git(\+\w+)?:$/.test(url.protocol) ? 'vcs_url' : null
  if (kind === null) return null
  url.username = ''
  url.password = ''
  url.search = ''
  return `${purl}?${kind}=${encodeURIComponent(url.href)}`
}

const algorithms = {
  sha1: { alg: 'SHA-1', bytes: 20 },
  sha256: { alg: 'SHA-256', bytes: 32 },
  sha384: { alg: 'SHA-384', bytes: 48 },
  sha512: { alg: 'SHA-512', bytes: 64 },
} as const

/** From Subresource Integrity (W3C), as npm writes it. */
function hashesIn(integrity: string): LockedPackage['hashes'] {
  return integrity.split(/\s+/).flatMap((each) => {
    const [, name = '', encoded = ''] = /^(sha(?:1|256|384|512))-([A-Za-z0-9+/]+=*)$/.exec(each) ?? []
    const known = Object.hasOwn(algorithms, name) ? algorithms[name as keyof typeof algorithms] : undefined
    const sum = Buffer.from(encoded, 'base64')
    return known?.bytes === sum.length ? [{ alg: known.alg, content: sum.toString('hex') }] : []
  })
}
