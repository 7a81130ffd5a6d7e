import type { Answer } from '../answer.ts'
import { ago, atAGlance, span, type Look } from '../look.ts'
import { table } from '../table.ts'

type Drill = Answer<'listDrills'>['items'][number]

const colours = { running: 'cyan', succeeded: 'green', failed: 'red' } as const

/** One drill as it stands. */
export function drillText(drill: Drill, look: Look): string {
  return drillsText({ items: [drill] }, look)
}

/** Drills as a list, newest first. */
export function drillsText({ items }: { items: Drill[] }, { paint, now }: Look): string {
  if (items.length === 0) return 'nothing was drilled yet; practise a rollback with: lockflight drill'
  return table(
    items.map(({ environment, state, releaseVersion, targetVersion, ...drill }) => [
      paint('bold', environment),
      paint(colours[state], state),
      `${releaseVersion} to ${targetVersion}${drill.forth === null ? '' : ' and forth again'}`,
      paint(
        'dim',
        `${ago(drill.startedAt, now)} ago by ${drill.requestedBy}, took ${span((drill.finishedAt ?? now).getTime() - drill.startedAt.getTime())}`,
      ),
      atAGlance(drill.reason, drill.forth ?? drill.back),
    ]),
  )
}
