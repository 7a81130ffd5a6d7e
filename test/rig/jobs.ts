import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileArtifacts } from '../../src/artifacts/file-artifacts.ts'
import type { JobDefinition, StepDefinition } from '../../src/core/pipeline.ts'
import type { JobEvent, JobRequest, JobResult } from '../../src/core/runner.ts'
import { createGitRepositories } from '../../src/git/git-repositories.ts'
import { isolations, type Isolation } from '../../src/runners/isolation.ts'
import { createProcessRunner, type ProcessRunnerOptions } from '../../src/runners/process.ts'

/** The isolations that must work for whoever runs the tests. */
export const isolationsHere: readonly Isolation[] = isolations.filter(
  (isolation) => isolation !== 'user' || process.getuid?.() === 0,
)

/** A job of a test: its steps, and what differs from a plain one. */
export interface TestJob extends Partial<Omit<JobRequest, 'definition'>> {
  steps: (string | Partial<StepDefinition>)[]
  definition?: Partial<JobDefinition>
  signal?: AbortSignal
  record?: (events: JobEvent[]) => Promise<void>
}

/** How a job went, with its log as one text. */
export interface Went {
  result: JobResult
  events: JobEvent[]
  text: string
}

/** A runner over a real repository and a real artifact store, in a folder of its own; only `home` is closed to jobs. */
export async function startJobRig(options: Partial<ProcessRunnerOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lockflight-jobs-'))
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  writeFileSync(join(home, 'key'), 'the signing key')
  const repository = join(folder, 'repository')
  const commit = makeRepository(repository)
  const artifacts = createFileArtifacts({ folder: join(home, 'artifacts') })
  const workFolder = join(home, 'work')
  const runner = createProcessRunner({
    repositories: await createGitRepositories({ folder: join(home, 'git') }),
    artifacts,
    workFolder,
    hidden: [home],
    path: process.env['PATH'] ?? '',
    graceMilliseconds: 1000,
    ...options,
  })

  const run = async ({ steps, definition, signal, record, ...about }: TestJob): Promise<Went> => {
    const request: JobRequest = {
      project: 'shop',
      run: 'r1',
      job: 'build',
      attempt: 1,
      source: { repository, commit, branch: 'main' },
      env: {},
      secrets: {},
      inputs: [],
      ...about,
      definition: jobDefinition(steps, definition),
    }
    const events: JobEvent[] = []
    const keep = async (batch: JobEvent[]) => {
      await record?.(batch)
      events.push(...batch)
    }
    const result = await runner.run(request, keep, signal ?? new AbortController().signal)
    return { result, events, text: textOf(events) }
  }
  const close = async () => {
    await runner.close()
    await rm(folder, { recursive: true, force: true })
  }
  /** What jobs of this process have on disk now. */
  const jobFolders = async () => {
    const found: string[] = []
    for (const base of [workFolder, join(tmpdir(), 'lockflight-jobs')]) {
      const own = await readdir(base).catch(() => [])
      for (const name of own.filter((one) => one.startsWith(`${process.pid}-`)))
        found.push(...(await readdir(join(base, name))))
    }
    return found
  }
  return { folder, home, repository, commit, artifacts, workFolder, runner, run, jobFolders, close }
}

/** A runner with its surroundings. */
export type JobRig = Awaited<ReturnType<typeof startJobRig>>

/** What a job printed. */
export function textOf(events: JobEvent[]): string {
  return events.map((event) => (event.kind === 'output' ? event.text : '')).join('')
}

function jobDefinition(steps: TestJob['steps'], changes: Partial<JobDefinition> = {}): JobDefinition {
  return {
    stage: 'build',
    needs: [],
    retries: 0,
    timeout: '30s',
    secrets: [],
    outputs: [],
    reports: [],
    artifacts: [],
    ...changes,
    steps: steps.map((step) => ({
      run: ':',
      'allow-failure': false,
      ...(typeof step === 'string' ? { run: step } : step),
    })),
  }
}

function makeRepository(folder: string): string {
  mkdirSync(folder)
  writeFileSync(join(folder, 'README.md'), 'a project\n')
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'Begin')
  return git('rev-parse', 'HEAD')
}
