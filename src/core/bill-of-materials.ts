import parseExpression from 'spdx-expression-parse'
import { canonical, digestOfJson, type Digest } from './digest.ts'
import type { LockedPackage } from './locked-package.ts'
import type { Lockfile } from './lockfile.ts'
import { dependencyUri, fileUri } from './provenance.ts'
import type { Release } from './release.ts'

/** What a bill of materials is made from; every part of it is known to the server, none comes from a job but the artifacts. */
export interface BillInput {
  release: Pick<Release, 'project' | 'version' | 'digest' | 'artifacts' | 'source'>
  lockfiles: Lockfile[]
  builder: { id: string; version: string }
  /** When the run had ended, as its provenance has it. */
  at: Date
}

/** The name of the bill that Lockflight makes; nothing that is handed in may take it. */
export const ownBillPath = 'lockflight.cdx.json'

/** As many components as the reader of such bills takes, and as much as leaves room for the rest in its largest document. */
const mostComponents = 20_000
const mostBytes = 24 * 1024 * 1024

/**
 * The bill of materials of a release (CycloneDX 1.6) for a pipeline that made none: its artifacts, and what the lockfiles of its commit
 * pin. That is what a build could have taken in, not what it did. Equal inputs give an equal document.
 */
export function billOfMaterials({ release, lockfiles, builder, at }: BillInput): Record<string, unknown> {
  const listed = lockfiles.map((each) => ({ ...each, packages: each.packages ?? [], isRead: each.packages !== null }))
  const packages = withoutDoubles(listed.flatMap((each) => each.packages))
  const components = packages.length + lockfiles.length <= mostComponents ? packages.map(componentOf) : null
  const fits = components !== null && bytesOf(components) <= mostBytes
  const unread = fits ? listed.filter(({ isRead }) => !isRead) : listed
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: at.toISOString(),
      lifecycles: [{ phase: 'build' }],
      tools: { components: [{ type: 'application', name: 'lockflight', version: builder.version }] },
      component: subject(release, listed),
      properties: [{ name: 'lockflight:builder', value: builder.id }],
    },
    components: [...unread.map(fileOf), ...(fits ? components : [])],
    compositions: [{ aggregate: unread.length > 0 ? 'incomplete' : 'unknown', assemblies: [release.digest] }],
  }
  return { ...document, serialNumber: `urn:uuid:${uuidFrom(digestOfJson(document))}` }
}

function subject({ project, version, digest, artifacts, source }: BillInput['release'], lockfiles: Lockfile[]) {
  const { repository, commit } = source
  return {
    type: 'application',
    'bom-ref': digest,
    name: project,
    version,
    components: artifacts.map((artifact) => ({ type: 'file', name: artifact.name, hashes: [sha256(artifact.digest)] })),
    externalReferences: [
      { type: 'vcs', url: `${dependencyUri(repository)}@${commit}` },
      ...lockfiles.map((each) => ({
        type: 'build-meta',
        url: fileUri(repository, commit, each.path),
        hashes: [sha256(each.digest)],
      })),
    ],
  }
}

/** It stands for what nobody has read out of it: without a licence, it is not passed by a gate that asks for known ones. */
function fileOf({ path, digest }: Lockfile) {
  return { type: 'file', name: path, hashes: [sha256(digest)] }
}

function componentOf({ name, version, purl, license, hashes, isForDevelopment }: LockedPackage) {
  const [, group, inner] = /^(@[^/]+)\/(.+)$/.exec(name) ?? []
  return {
    type: 'library',
    ...(group !== undefined && { group }),
    name: inner ?? name,
    version,
    ...(purl !== null && { purl }),
    ...(hashes.length > 0 && { hashes }),
    ...(license !== null && { licenses: [licenseOf(license)] }),
    // A bundler may take such a package in all the same, so no scope is claimed.
    ...(isForDevelopment && { properties: [{ name: 'cdx:npm:package:development', value: 'true' }] }),
  }
}

function bytesOf(components: object[]): number {
  return components.reduce((total, each) => total + Buffer.byteLength(JSON.stringify(each)), 0)
}

/** What SPDX does not know is a name. */
function licenseOf(text: string) {
  try {
    if (/^[A-Za-z0-9.+():\- ]+$/.test(text) && parseExpression(text)) return { expression: text }
  } catch {
    // No expression.
  }
  return { license: { name: text } }
}

/** One package that several folders hold is one component, and needed at run time when any of them is; sorted. */
function withoutDoubles(packages: LockedPackage[]): LockedPackage[] {
  const found = new Map<string, LockedPackage>()
  for (const { isForDevelopment, ...each } of packages) {
    const key = canonical([each.name, each.version, each.purl, each.hashes, each.license])
    const isOnly = isForDevelopment && (found.get(key)?.isForDevelopment ?? true)
    found.set(key, { ...each, isForDevelopment: isOnly })
  }
  return [...found].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each)
}

function sha256(digest: Digest) {
  return { alg: 'SHA-256', content: digest.slice('sha256:'.length) }
}

/** A UUID of version 8 (RFC 9562): the first bits of the digest. */
function uuidFrom(digest: Digest): string {
  const hex = digest.slice('sha256:'.length)
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
