import type { Actor } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import { digestsText, isOf } from '../core/digest-set.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { importedSource, type SaidSource } from '../core/imported-source.ts'
import { Refusal } from '../core/refusal.ts'
import { releaseDigest, type Artifact, type Release, type Source } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'
import { bundlesIn, mostBundles, type ReadBundle } from '../trust/bundles-in.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { findImages, type Ignored } from './find-images.ts'
import { promoteOnwards } from './promote-onwards.ts'
import { wakePromotionsOf } from './wake.ts'

/** A release that another CI has built. */
export interface ImportInput extends SaidSource {
  project: string
  /** Files that were uploaded before. */
  artifacts: Pick<Artifact, 'name' | 'digest'>[]
  /** Container images by digest; see `readImage`. Their registries are asked for what is attached to them. */
  images: string[]
  /** Documents with what was signed about them; see `bundlesIn`. May be missing only where there are images. */
  bundles: string[]
  /** A label; made from commit and digest when absent. */
  version?: string
}

/** A release, and what was attached to its images and is left out. */
export type Imported = Release & { ignored: Ignored[] }

/** Takes in a release that was built elsewhere, with what was signed about it; the same release again gets what is new about it. Whether any of it is believed is for the gates of each environment. */
export async function importRelease(app: App, actor: Actor, input: ImportInput): Promise<Imported> {
  const { project, version } = input
  const place = { project, environment: null }
  const uploads = await app.store.read(async (tx) => {
    await demand(app, tx, actor, 'release.import', place)
    refuseEmpty(input)
    return uploaded(tx, input)
  })
  const files = await withSha512(app, uploads)
  const { ignored, ...images } = await findImages(app, project, input.images)
  const artifacts = [...files, ...images.artifacts]
  refuseTwice(artifacts)
  const bundles = [...readBundles(input, artifacts), ...images.bundles]
  if (bundles.length > mostBundles) throw tooMany(bundles.length)
  if (bundles.length === 0) throw unsigned(input, ignored)
  const source = importedSource(
    input,
    bundles.flatMap(({ claims }) => claims ?? []),
  )
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'release.import', place)
    const { configuration } = await tx.revisions.current(project)
    const release = releaseOf({ project, artifacts, source, version, at: tx.now })
    const isNew = await tx.releases.add(release)
    const fresh = await addBundles(tx, release, bundles)
    if (isNew) {
      await logImport(tx, actor, release, fresh)
      await promoteOnwards(app, tx, { release, from: null, configuration })
      return { ...release, ignored }
    }
    const known = await tx.releases.get(project, release.digest)
    if (fresh.length > 0) {
      const data = { version: known.version, bundles: fresh }
      await tx.log({ type: 'release.attested', actor: actor.id, project, subject: known.digest, data })
      await wakePromotionsOf(tx, known)
    }
    return { ...known, ignored }
  })
}

function refuseEmpty({ artifacts, images, bundles }: ImportInput): void {
  const reason = 'input_invalid'
  if (artifacts.length + images.length === 0) {
    throw new Refusal('invalid', 'artifacts, images: expected at least one of them, found none', { reason })
  }
  if (images.length > 0 || bundles.length > 0) return
  throw new Refusal('invalid', 'bundles: expected what was signed about the files, found nothing', { reason })
}

function refuseTwice(artifacts: { name: string }[]): void {
  const names = artifacts.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Refusal('invalid', `expected artifacts with different names, found ${twice} twice`)
}

function readBundles({ bundles }: ImportInput, artifacts: Artifact[]): ReadBundle[] {
  const nameOf = (index: number) => (bundles.length === 1 ? 'the bundle' : `bundle ${index + 1} of ${bundles.length}`)
  const read: ReadBundle[] = []
  for (const [index, text] of bundles.entries()) {
    read.push(...orRefuse(nameOf(index), () => bundlesIn(text)))
    if (read.length > mostBundles) throw tooMany(read.length)
  }
  const stranger = read.find(({ about }) => !artifacts.some((each) => about.some((named) => isOf(named, each))))
  if (!stranger) return read
  const found = digestsText(stranger.about)
  const expected = artifacts.map(({ name, digest }) => `${name} ${digest}`).join(' or ')
  throw new Refusal('unprocessable', `expected bundles about ${expected}, found one about ${found}`, {
    reason: 'provenance.subject',
  })
}

function unsigned({ images }: ImportInput, [first]: Ignored[]): Refusal {
  const about = images.join(' and ')
  const found = first ? `only ${first.digest}: ${first.detail}` : 'no referrer with a bundle, and no tag of cosign'
  return new Refusal('unprocessable', `expected something signed about ${about}, found ${found}`, {
    reason: first?.reason ?? 'provenance.missing',
  })
}

function tooMany(found: number): Refusal {
  return new Refusal('too_large', `expected at most ${mostBundles} bundles about a release, found ${found}`)
}

function orRefuse<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Disbelieved)) throw error
    throw new Refusal('unprocessable', `${what}: ${error.message}`, { reason: error.reason, cause: error })
  }
}

/** npm signs what it publishes by SHA-512 alone. One file after the other: a thousand at once would take gigabytes. */
async function withSha512({ artifacts }: App, files: Artifact[]): Promise<Artifact[]> {
  const counted: Artifact[] = []
  for (const file of files) counted.push({ ...file, sha512: await artifacts.sha512(file.digest) })
  return counted
}

async function uploaded(tx: Transaction, { project, artifacts }: ImportInput): Promise<Artifact[]> {
  return Promise.all(
    artifacts.map(async ({ name, digest }) => {
      const upload = await tx.uploads.find(project, digest)
      if (!upload) throw new Refusal('not_found', `${name}: expected a file ${digest} that was uploaded, found none`)
      return { name, digest, sizeBytes: upload.sizeBytes }
    }),
  )
}

interface Contents {
  project: string
  artifacts: Artifact[]
  source: Source
  version: string | undefined
  at: Date
}

function releaseOf({ version, at, ...given }: Contents): Release {
  const contents = { ...given, configurationDigest: null }
  const digest = releaseDigest(contents)
  const label = `ci-${given.source.commit.slice(0, 7)}-${digest.slice('sha256:'.length, 'sha256:'.length + 7)}`
  return {
    ...contents,
    digest,
    version: version ?? label,
    run: null,
    author: null,
    committedAt: null,
    createdAt: at,
  }
}

/** Whoever looks at a release reads all that was signed about it, in however many imports it came. */
const mostCharacters = 64 * 1024 * 1024

/** The digests of those that were not there yet. */
async function addBundles(tx: Transaction, { project, digest }: Release, bundles: ReadBundle[]): Promise<Digest[]> {
  const attested = await tx.attestations.of(project, digest)
  const known = new Set(attested.map((each) => each.digest))
  const fresh = new Map(bundles.filter((each) => !known.has(each.digest)).map((each) => [each.digest, each]))
  if (known.size + fresh.size > mostBundles) throw tooMany(known.size + fresh.size)
  const size = sizeOf([...attested, ...fresh.values()])
  if (fresh.size > 0 && size > mostCharacters) {
    const most = `at most ${mostCharacters} characters of bundles about a release`
    throw new Refusal('too_large', `expected ${most}, found ${size}`)
  }
  for (const { digest: of, predicateType, bundle } of fresh.values()) {
    await tx.attestations.add(project, { release: digest, digest: of, predicateType, bundle, createdAt: tx.now })
  }
  return [...fresh.keys()]
}

function sizeOf(bundles: { bundle: object }[]): number {
  return bundles.reduce((total, { bundle }) => total + JSON.stringify(bundle).length, 0)
}

async function logImport(tx: Transaction, actor: Actor, release: Release, bundles: Digest[]): Promise<void> {
  const { project, digest, version, source, artifacts } = release
  const data = { version, source, artifacts, bundles }
  await tx.log({ type: 'release.imported', actor: actor.id, project, subject: digest, data })
}
