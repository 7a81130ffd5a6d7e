import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { approvalBinding, approvalSubject } from '../../src/core/approval.ts'
import type { Attestation, Statement, TrustedKey } from '../../src/core/attestation.ts'
import type { Inspection } from '../../src/core/deployer.ts'
import type { Deployment } from '../../src/core/deployment.ts'
import { digestOf, digestOfJson } from '../../src/core/digest.ts'
import type { Drill } from '../../src/core/drill.ts'
import { bundleOf, keyIdOf } from '../../src/core/dsse.ts'
import { readEgressRule } from '../../src/core/egress-rule.ts'
import type { CommandResult, GateOutside, Span, StandingApproval, Subject, World } from '../../src/core/gate.ts'
import type { OneWayDeployment } from '../../src/core/one-way.ts'
import { pipeline } from '../../src/core/pipeline.ts'
import { buildProvenance } from '../../src/core/provenance.ts'
import { releaseDigest, type Release } from '../../src/core/release.ts'
import type { Report, StandingReport } from '../../src/core/report.ts'
import { rolloutStart } from '../../src/core/rollout.ts'
import type { SourceChange } from '../../src/core/source-change.ts'
import { createHttp } from '../../src/outside/http.ts'
import { runCommand } from '../../src/runners/run-command.ts'

/** The moment every gate test takes place. */
export const now = new Date('2026-11-23T12:00:00Z')

/** So many seconds before that moment. */
export const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)

const contents = {
  project: 'shop',
  artifacts: [
    { name: 'app.tgz', digest: digestOf('app'), sizeBytes: 3 },
    { name: 'web.tgz', digest: digestOf('web'), sizeBytes: 3 },
  ],
  source: { repository: '/srv/git/shop', commit: 'c'.repeat(40), branch: 'main' },
  configurationDigest: digestOf('configuration'),
}

/** The release that is judged: two artifacts, by carol. */
export const release: Release = {
  ...contents,
  digest: releaseDigest(contents),
  version: '7-ccccccc',
  run: 'run-7',
  author: 'carol@idp',
  committedAt: ago(7200),
  createdAt: ago(3600),
}

/** Alice asks to put it into prod, after stg. */
export const subject: Subject = {
  project: 'shop',
  environment: 'prod',
  promotion: { id: 'p1', class: 'standard', attempt: 0, requestedBy: 'alice@idp', requestedAt: ago(600) },
  release,
  policy: digestOf('policy'),
  after: ['stg'],
  at: now,
}

/** A succeeded deployment of the release to stg, live since an hour. */
export function deployment(given: Partial<Deployment> = {}): Deployment {
  return {
    promotion: 'p0',
    attempt: 1,
    project: 'shop',
    environment: 'stg',
    release: release.digest,
    class: 'standard',
    revision: 1,
    fence: 1,
    outcome: 'succeeded',
    reason: '',
    previous: null,
    rollout: rolloutStart,
    url: null,
    startedBy: 'alice@idp',
    startedAt: ago(3700),
    deployedAt: ago(3650),
    finishedAt: ago(3600),
    replacedAt: null,
    ...given,
  }
}

/** Someone's yes to exactly the subject, or with `given` to something else. */
export function approvalBy(
  by: string,
  given: Partial<StandingApproval> = {},
  about: Subject = subject,
): StandingApproval {
  const expiresAt = given.expiresAt ?? ago(-86_400)
  return {
    id: `approval-${by}`,
    project: about.project,
    promotion: about.promotion.id,
    by,
    decision: 'approve',
    reason: 'looks right',
    binds: approvalBinding(approvalSubject(about, by, expiresAt)),
    at: ago(60),
    expiresAt,
    mayApprove: true,
    inGroup: true,
    ...given,
  }
}

/** A JUnit report of the release's run with that many tests. */
export function report(given: { passed?: number; failed?: string[]; skipped?: number; job?: string } = {}): Report {
  const { passed = 10, failed = [], skipped = 0, job = 'test' } = given
  return {
    format: 'junit',
    job,
    path: 'junit.xml',
    digest: digestOfJson(given),
    results: {
      tests: {
        total: passed + failed.length + skipped,
        passed,
        failed: failed.length,
        skipped,
        flaky: 0,
        failures: failed.map((name) => ({ name, message: 'expected 1, found 2' })),
      },
    },
  }
}

/** A key, and a way to sign with it. */
export function signingKey(given: Partial<TrustedKey> = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const trusted: TrustedKey = {
    id: keyIdOf(publicKey),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    identity: null,
    purpose: 'provenance',
    createdAt: ago(86_400),
    validUntil: null,
    revokedAt: null,
    revokedFrom: null,
    ...given,
  }
  const attest = (statement: Statement, about = release.digest): Attestation => {
    const bundle = bundleOf(statement, trusted.id, (bytes) =>
      sign('sha256', bytes, { key: privateKey, dsaEncoding: 'der' }),
    )
    return {
      release: about,
      predicateType: statement.predicateType,
      digest: digestOfJson(bundle),
      bundle,
      createdAt: now,
    }
  }
  return { trusted, attest }
}

/** How this installation would say that it built the release. */
export function provenanceStatement(given: Partial<Release> = {}, builderId = 'https://builder.example/'): Statement {
  const { artifacts, source, configurationDigest } = { ...release, ...given }
  if (!configurationDigest) throw new Error('what is built here has a configuration')
  const jobs = pipeline.parse({ jobs: { package: { stage: 'package', steps: [{ run: 'make' }] } } })
  const times = { createdAt: ago(3700), startedAt: ago(3690) }
  const run = { id: 'run-7', source, pipeline: jobs, configurationDigest, ...times }
  return buildProvenance({ run, artifacts, lockfiles: [], builderId, builderVersion: '0.1.0', finishedAt: ago(3600) })
}

/** What there is to see. */
export interface Facts {
  /** In any order, of any release and environment. */
  deployments?: Deployment[]
  approvals?: StandingApproval[]
  /** Who is in which group; absent: the approvals say it themselves. */
  groups?: Record<string, string[]>
  attestations?: Attestation[]
  keys?: TrustedKey[]
  /** Believed, unless they say otherwise. */
  reports?: (Report & Partial<StandingReport>)[]
  /** Those of any other release. */
  runningReports?: (Report & Partial<StandingReport>)[]
  /** Beside the one that is judged. */
  releases?: Release[]
  /** What git says changed, whatever the commits; null when it was not asked. */
  change?: SourceChange | null
  /** Whatever the environment. */
  oneWay?: OneWayDeployment[]
  /** Newest first. */
  drills?: Drill[]
  /** What a command answers; absent: it is really run. */
  command?: CommandResult
  /** What answers requests; absent: they are really sent, to this machine too. */
  http?: GateOutside['http']
  /** Files of the release's commit, by path. */
  files?: Record<string, string>
  /** What deployers say, by environment. */
  inspections?: Record<string, Inspection>
  /** When environments were held. */
  holds?: Record<string, Span[]>
  displaced?: Record<string, Span[]>
}

const loopback = [readEgressRule('127.0.0.0/8')!]

function missing(what: string): never {
  throw new Error(`there is no ${what} in this world`)
}

/** Waits as long as it takes, for tests of anything but time limits. */
export const patient = async <T>(_limitSeconds: number, work: Promise<T>) => ({ value: await work })

/** A world of exactly these facts, with the promises of `Records`. */
export function worldOf(facts: Facts): World {
  const { deployments = [], approvals = [], attestations = [], keys = [], reports = [], command } = facts
  const { groups } = facts
  const http = facts.http ?? createHttp({ opened: loopback })
  const { releases = [], runningReports = [], change = null, files = {}, inspections = {} } = facts
  const { oneWay = [], drills = [] } = facts
  const newestFirst = deployments.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime())
  return {
    records: {
      deploymentsOf: async (of, environment) =>
        newestFirst.filter((each) => each.release === of && each.environment === environment),
      liveIn: async (environment) =>
        newestFirst.find((each) => each.environment === environment && each.outcome === 'succeeded') ?? null,
      approvals: async (group) =>
        approvals.map((each) => ({
          ...each,
          inGroup: group === null || (groups ? (groups[group] ?? []).includes(each.by) : each.inGroup),
        })),
      groupSize: async (group) => (groups ? (groups[group] ?? []).length : Infinity),
      attestations: async (of) => attestations.filter((each) => each.release === of),
      bundles: async (of) => attestations.filter((each) => each.release === of),
      reports: async (of) =>
        (of === release.digest ? reports : runningReports).map((each) => ({ disbelief: null, ...each })),
      keys: async () => keys,
      release: async (digest) => [release, ...releases].find((each) => each.digest === digest) ?? missing(digest),
      sourceChange: async () => change,
      oneWayDeployments: async () => oneWay,
      drills: async (environment) => drills.filter((each) => each.environment === environment),
      holdsIn: async (environment) => facts.holds?.[environment] ?? [],
      displacedIn: async (environment) => facts.displaced?.[environment] ?? [],
    },
    outside: {
      command: command ? async () => command : runCommand,
      http,
      file: async (_, path) => Buffer.from(files[path] ?? missing(path)),
      inspect: async (environment) => inspections[environment] ?? missing(environment),
      hide: (text) => createHmac('sha256', 'a key of this look').update(text).digest('hex'),
    },
    timeoutSeconds: 60,
  }
}
