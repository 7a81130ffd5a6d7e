import type { Client } from '../../src/client.ts'
import type { CloudEvent } from '../../src/core/cloud-event.ts'
import { happened } from './narrate.ts'

const told: Partial<Record<CloudEvent['type'], (data: Record<string, string>, actor: string) => string>> = {
  'release.created': ({ version }) => `${version}, signed`,
  'promotion.requested': ({ version, class: kind }) => (kind === 'standard' ? `${version}` : `${version} (${kind})`),
  'promotion.superseded': () => 'a newer one takes its place',
  'gate.failed': ({ gate, reason }) => `${gate}: ${reason}`,
  'approval.granted': ({ reason }, actor) => `by ${actor}: ${reason}`,
  'deploy.started': ({ version, attempt, fence }) => `${version}, attempt ${attempt}, fence ${fence}`,
  'deploy.completed': ({ version, outcome, durationSeconds, reason }) =>
    `${version} ${outcome} after ${durationSeconds} s${reason ? `: ${reason}` : ''}`,
  'rollback.executed': ({ version }) => `back to ${version}`,
  'environment.held': ({ reason = '' }) => reason,
}

/** Prints the events of the shop as they happen, until the signal aborts. */
export async function followEvents(client: Client, signal: AbortSignal): Promise<void> {
  const types = Object.keys(told) as CloudEvent['type'][]
  for await (const { type, environment, data, actor } of client.follow({ project: 'checkout', types }, signal)) {
    const about = told[type]?.(asText(data), actor) ?? ''
    happened(type, environment === undefined ? about : `${environment}: ${about}`)
  }
}

function asText(data: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, String(value)]))
}
