import type { Answer } from '../answer.ts'
import type { Look } from '../look.ts'

/** What a quarantine stops, and what it does not: a release that runs goes on until someone rolls it back. */
export function quarantinedText({ version, running, liveIn }: Answer<'quarantineRelease'>, { paint }: Look): string {
  const there = (environment: string, what: string) =>
    `${paint('yellow', '!')} ${environment} ${what}; to put another one there: lockflight rollback --env ${environment} --reason …`
  return [
    `${version} starts nowhere any more; let it again with: lockflight quarantine lift ${version} --reason …`,
    ...running.map(({ environment, promotion }) =>
      there(environment, `is being deployed to by promotion ${promotion}`),
    ),
    ...liveIn.map((environment) => there(environment, 'runs it')),
  ].join('\n')
}
