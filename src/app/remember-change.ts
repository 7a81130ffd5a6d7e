import type { RequiredGate } from '../core/gate.ts'
import { oneLine } from '../core/one-line.ts'
import type { Release } from '../core/release.ts'
import type { SourceChange } from '../core/source-change.ts'
import type { App } from './app.ts'

const mostFiles = 5000

/** True for a gate that wants to know what changed since the release that runs there now. */
export function comparesSource({ gates }: App, { use, config }: RequiredGate): boolean {
  const gate = Object.hasOwn(gates, use) ? gates[use] : undefined
  const settings = gate?.config.safeParse(config)
  return settings?.success === true && (gate?.comparesSource?.(settings.data) ?? false)
}

/** Asks git what changed from the release that runs there now, with no transaction open, and keeps the answer for the gates that want to know; what cannot be told now is asked again next time. */
export async function rememberChange(
  app: App,
  { project, digest, source }: Release,
  environment: string,
): Promise<void> {
  const known = await app.store.read(async (tx) => {
    const live = await tx.deployments.live(project, environment)
    if (!live || live.release === digest) return null
    const running = await tx.releases.get(project, live.release)
    return { running, change: await tx.sourceChanges.find(project, running.source.commit, source.commit) }
  })
  if (!known || (known.change && 'files' in known.change)) return
  const pair = { from: known.running.source.commit, to: source.commit }
  const change = await changeBetween(app, known.running.source, source)
  if (known.change && JSON.stringify(known.change) === JSON.stringify(change)) return
  await app.store.transaction((tx) => tx.sourceChanges.save(project, pair, change))
}

async function changeBetween(app: App, from: Release['source'], to: Release['source']): Promise<SourceChange> {
  if (from.repository !== to.repository) {
    return { problem: `it was built from ${to.repository}, and what runs there from ${from.repository}` }
  }
  try {
    const files = await app.repositories.changes(to.repository, from.commit, to.commit)
    return files.length > mostFiles ? { problem: `more than ${mostFiles} files changed` } : { files }
  } catch (error) {
    // Whatever it was, people who wait for an answer have to read it; the gate asks for another try.
    return { problem: oneLine(error instanceof Error ? error.message : String(error), 500) }
  }
}
