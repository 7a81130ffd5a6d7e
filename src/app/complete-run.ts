import { lockflight } from '../core/actor.ts'
import type { Attestation } from '../core/attestation.ts'
import { buildProvenance } from '../core/provenance.ts'
import { Refusal } from '../core/refusal.ts'
import { releaseDigest, type Release } from '../core/release.ts'
import type { Report } from '../core/report.ts'
import { billFormats } from '../core/report-statement.ts'
import type { Run, RunJob, RunState } from '../core/run.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { attestReport, recordReport, type AttestedReport } from './attest-reports.ts'
import { endRun } from './end-run.ts'
import { makeBill } from './make-bill.ts'
import { promoteOnwards } from './promote-onwards.ts'
import { readLockfiles } from './read-lockfiles.ts'
import { signStatement } from './sign-statement.ts'
import { wakePromotionsOf } from './wake.ts'

/** Ends a run by how its jobs ended; a successful one becomes a release with signed provenance, made here where no job can reach. */
export async function completeRun(app: App, run: Run, jobs: RunJob[]): Promise<void> {
  const { made, ...result } = await outcomeOf(app, run, jobs)
  await app.store.transaction(async (tx) => {
    await tx.runs.lockExecution(run)
    const current = await tx.runs.load(run.id)
    // Then the lock fails the transaction, and nothing is written without it.
    if (current.execution !== run.execution || current.state !== 'running') return
    const { state, reason } =
      current.cancelledBy === null ? result : { state: 'cancelled' as const, reason: current.reason }
    const release = state === 'succeeded' ? made : null
    if (release) await registerRelease(app, tx, release)
    await endRun(tx, current, { state, reason, release: release?.release.digest ?? null, by: lockflight.id })
  })
}

interface Result {
  state: RunState
  reason: string
}

/** A commit that is gone after its jobs have run comes back by no retry. */
async function outcomeOf(app: App, run: Run, jobs: RunJob[]): Promise<Result & { made: MadeRelease | null }> {
  const result = resultOf(run, jobs)
  if (result.state !== 'succeeded') return { ...result, made: null }
  try {
    return { ...result, made: await makeRelease(app, run, jobs) }
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error
    return { state: 'failed', reason: error.message, made: null }
  }
}

function resultOf(run: Run, jobs: RunJob[]): Result {
  const failed = jobs.filter(({ state }) => state === 'failed')
  if (failed.length > 0) {
    return { state: 'failed', reason: failed.map(({ name, reason }) => `job ${name}: ${reason}`).join('; ') }
  }
  // Jobs are left over only by who was told to cancel.
  if (jobs.some(({ state }) => state === 'cancelled' || state === 'pending'))
    return { state: 'cancelled', reason: run.reason }
  const packages = packageJobs(run, jobs)
  const names = packages.flatMap(({ artifacts }) => artifacts.map(({ name }) => name))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    const makers = packages.filter(({ artifacts }) => artifacts.some(({ name }) => name === twice))
    const both = makers.map(({ name }) => name).join(' and ')
    return { state: 'failed', reason: `package jobs ${both} both made an artifact named ${twice}; rename one` }
  }
  return names.length > 0
    ? { state: 'succeeded', reason: '' }
    : { state: 'succeeded', reason: 'no package job made an artifact, so there is no release' }
}

/** Only what they made is released; other artifacts just pass from job to job. */
function packageJobs(run: Run, jobs: RunJob[]): RunJob[] {
  return jobs.filter(({ name }) => run.pipeline.jobs[name]?.stage === 'package')
}

interface MadeRelease {
  release: Omit<Release, 'author' | 'createdAt'>
  attestation: Omit<Attestation, 'createdAt'>
  reports: AttestedReport[]
  authorEmail: string
}

async function makeRelease(app: App, run: Run, jobs: RunJob[]): Promise<MadeRelease | null> {
  const artifacts = packageJobs(run, jobs).flatMap((job) => job.artifacts)
  if (artifacts.length === 0) return null
  const { project, source, configurationDigest } = run
  const oneWay = run.pipeline.release?.['one-way'] ?? []
  const contents = { project, artifacts, source, configurationDigest, ...(oneWay.length > 0 && { oneWay }) }
  const release = {
    ...contents,
    digest: releaseDigest(contents),
    version: `${run.number}-${source.commit.slice(0, 7)}`,
    run: run.id,
    committedAt: run.committedAt,
  }
  const lockfiles = await readLockfiles(app, source)
  const finishedAt = await app.store.read(async (tx) => tx.now)
  const statement = buildProvenance({
    run,
    artifacts,
    lockfiles,
    builderId: app.builderId,
    builderVersion: app.version,
    finishedAt,
  })
  const attestation = { release: release.digest, ...(await signStatement(app, statement)) }
  const handedOut = jobs.flatMap((job) => job.reports)
  const hasBill = handedOut.some(({ format }) => billFormats.includes(format))
  const all = hasBill ? handedOut : [...handedOut, await makeBill(app, { release, lockfiles, at: finishedAt })]
  const reports = await attestReports(app, release, { reports: all, at: finishedAt })
  return { release, attestation, reports, authorEmail: run.authorEmail }
}

/** Those of every job, and the bill that is of none: gates choose among them. */
async function attestReports(
  app: App,
  { project, digest, artifacts, run }: MadeRelease['release'],
  { reports, at }: { reports: Report[]; at: Date },
): Promise<AttestedReport[]> {
  const attested: AttestedReport[] = []
  for (const report of reports) {
    const ofRun = report.job === null ? null : run
    const about = { ...report, id: app.newId(), project, release: digest, run: ofRun, by: lockflight.id, at }
    attested.push(await attestReport(app, { artifacts }, about))
  }
  return attested
}

async function registerRelease(app: App, tx: Transaction, made: MadeRelease): Promise<void> {
  const author = await tx.members.byEmail(made.authorEmail)
  const release: Release = { ...made.release, author: author?.id ?? null, createdAt: tx.now }
  const isNew = await tx.releases.add(release)
  await tx.attestations.add(release.project, { ...made.attestation, createdAt: tx.now })
  if (isNew) await logCreation(tx, release, made.attestation)
  // A release that is built again has what its newest run reported.
  for (const report of made.reports) await recordReport(tx, report)
  if (!isNew) return wakePromotionsOf(tx, release)
  const { configuration } = await tx.revisions.current(release.project)
  await promoteOnwards(app, tx, { release, from: null, configuration })
}

async function logCreation(tx: Transaction, release: Release, { digest }: MadeRelease['attestation']): Promise<void> {
  await tx.log({
    type: 'release.created',
    actor: lockflight.id,
    project: release.project,
    subject: release.digest,
    data: {
      version: release.version,
      source: release.source,
      artifacts: release.artifacts,
      ...(release.oneWay && { oneWay: release.oneWay }),
      run: release.run,
      provenance: digest,
      committedAt: release.committedAt?.toISOString() ?? null,
    },
  })
}
