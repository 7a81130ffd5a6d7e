import { ask, type Person } from './person.ts'
import { until } from './until.ts'

/** A promotion as the demo sees it. */
export interface Visible {
  id: string
  state: string
  class: string
  reason: string
}

interface Status {
  environments: { name: string; live: { version: string; url: string | null } | null; hold: unknown }[]
  /** Newest first. */
  releases: { digest: string; version: string }[]
}

/** Every environment and the newest releases, from `lockflight status`. */
export async function status(person: Person): Promise<Status> {
  return ask<Status>(person, ['status'])
}

/** The version of the release that was built last. */
export async function newestRelease(person: Person): Promise<string> {
  const [newest] = (await status(person)).releases
  if (!newest) throw new Error('the run made no release')
  return newest.version
}

/** The promotion of that release there, once it is in that state; for `waiting`, once its gates were evaluated. */
export async function settled(
  person: Person,
  version: string,
  environment: string,
  state: string,
  promotionClass = 'standard',
): Promise<Visible> {
  const args = ['promotions', 'list', '--env', environment, '--release', version]
  return until(`${version} to be ${state} in ${environment}`, async () => {
    const { items } = await ask<{ items: (Visible & { unmet: unknown[] })[] }>(person, args)
    const promotion = items.find((each) => each.class === promotionClass)
    if (promotion?.state !== state) return null
    return state === 'waiting' && promotion.unmet.length === 0 ? null : promotion
  })
}

/** The promotion that waits in that environment. */
export async function waitingIn(person: Person, environment: string): Promise<Visible> {
  const args = ['promotions', 'list', '--env', environment, '--state', 'waiting']
  return until(`a promotion to wait in ${environment}`, async () => {
    const { items } = await ask<{ items: Visible[] }>(person, args)
    return items[0] ?? null
  })
}

/** What a service answers, with the status when it is not 200. */
export async function get(url: string): Promise<string> {
  const response = await fetch(url)
  const text = (await response.text()).trim()
  return response.ok ? text : `${response.status} ${text}`
}
