import { installation } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { SinkState } from '../core/checkpoint-sink.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** How it stands, as this server sees it, with each place that checkpoints of the log are brought to. */
export async function listSinks(app: App, actor: Actor): Promise<{ items: SinkState[] }> {
  await app.store.read((tx) => demand(app, tx, actor, 'log.read', installation))
  return { items: app.sinks() }
}
