import { z } from 'zod'
import type { Subject, World } from '../core/gate.ts'
import type { Link } from '../core/link.ts'
import { promqlProblem } from '../core/promql.ts'

const names = [
  'project',
  'environment',
  'release',
  'version',
  'commit',
  'running',
  'running-version',
  'running-commit',
] as const

/** The release that runs in the environment now, as evidence keeps it. */
export const runningRelease = z.strictObject({ release: z.string(), version: z.string(), commit: z.string() })
export type RunningRelease = z.output<typeof runningRelease>

/** PromQL in which {{release}}, {{version}}, {{commit}}, {{running}} and so on may stand inside quotes, and those in `more` too. */
export function promqlTemplate(more: string[] = []) {
  return z
    .string()
    .min(1)
    .max(8192, { abort: true })
    .superRefine((query, context) => {
      const problem = promqlProblem(query, [...more, ...names])
      if (problem !== null) context.addIssue({ code: 'custom', message: problem })
    })
}

/** A web address for people, with the same placeholders. */
export const linkTemplate = z
  .string()
  // What is too long is not looked at any further.
  .max(1024, { abort: true })
  .superRefine((template, context) => {
    const unknown = [...template.matchAll(/\{\{(.*?)\}\}/g)].find(
      ([, name]) => !names.some((one) => one === name?.trim()),
    )
    const problem = unknown
      ? `expected one of ${names.map((each) => `{{${each}}}`).join(', ')}; found ${unknown[0]}`
      : /^https?:\/\/[^\s\p{Cc}]+$/u.test(template.replaceAll(/\{\{.*?\}\}/g, 'x'))
        ? null
        : 'expected an address such as https://grafana.example.org/d/shop?var-release={{release}}'
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

/** What runs in the environment of the subject; null before its first deployment. */
export async function runningIn(
  { environment }: Subject,
  { records }: Pick<World, 'records'>,
): Promise<RunningRelease | null> {
  const live = await records.liveIn(environment)
  if (!live) return null
  const { digest, version, source } = await records.release(live.release)
  return { release: digest, version, commit: source.commit }
}

/** What each placeholder stands for; those of the running release are empty where nothing runs. */
export function placeholderValues({ project, environment, release }: Subject, running: RunningRelease | null) {
  return {
    project,
    environment,
    release: release.digest,
    version: release.version,
    commit: release.source.commit,
    running: running?.release ?? '',
    'running-version': running?.version ?? '',
    'running-commit': running?.commit ?? '',
  } satisfies Record<(typeof names)[number], string>
}

/** True when the answer depends on a release that runs already. */
export function asksForRunning(query: string): boolean {
  return /\{\{\s*running(-version|-commit)?\s*\}\}/.test(query)
}

/** The link with every value escaped; none when there is no template, or when it becomes too long to be a link. */
export function filledLink(title: string, template: string | undefined, values: Record<string, string>): Link[] {
  const url = template?.replaceAll(/\{\{\s*([a-z-]+)\s*\}\}/g, (_, name: string) =>
    encodeURIComponent((values[name] ?? '').toWellFormed()),
  )
  return url === undefined || url.length > 2048 ? [] : [{ title, url }]
}
