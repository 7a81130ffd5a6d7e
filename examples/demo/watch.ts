import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type Client } from '../../src/client.ts'
import type { Credential } from '../../src/core/home.ts'
import type { PromotionClass, PromotionState } from '../../src/core/promotion.ts'
import type { Place } from './person.ts'
import { until } from './until.ts'

const project = 'checkout'
type Promotion = Awaited<ReturnType<Client['getPromotion']>>

/** The API, as the person who started the server. */
export async function openClient({ env }: Place): Promise<Client> {
  const text = await readFile(join(env['LOCKFLIGHT_HOME'] ?? '', 'credentials.json'), 'utf8')
  return createClient(JSON.parse(text) as Credential)
}

/** The version of the release that was built last. */
export async function newestRelease(client: Client): Promise<string> {
  const { releases } = await client.getStatus({ project })
  if (!releases[0]) throw new Error('the run made no release')
  return releases[0].version
}

/** The promotion of that release there, once it is in that state; for `waiting`, once its gates were evaluated. */
export async function settled(
  client: Client,
  { release, environment, state }: { release: string; environment: string; state: PromotionState },
): Promise<Promotion> {
  return until(`${release} to be ${state} in ${environment}`, async () => {
    const { items } = await client.listPromotions({ project, environment, release })
    const promotion = items.find((each) => each.class === 'standard')
    if (promotion?.state !== state) return null
    return state === 'waiting' && promotion.unmet.length === 0 ? null : promotion
  })
}

/** The newest promotion of that class there, once it has succeeded. */
export async function succeeded(client: Client, environment: string, kind: PromotionClass): Promise<Promotion> {
  return until(`a ${kind} to succeed in ${environment}`, async () => {
    const { items } = await client.listPromotions({ project, environment, state: 'succeeded' })
    return items.find((each) => each.class === kind) ?? null
  })
}

/** The promotion that waits in that environment. */
export async function waitingIn(client: Client, environment: string): Promise<Promotion> {
  return until(`a promotion to wait in ${environment}`, async () => {
    const { items } = await client.listPromotions({ project, environment, state: 'waiting' })
    return items[0] ?? null
  })
}

/** Where the live release of an environment answers. */
export async function addressOf(client: Client, environment: string): Promise<string> {
  const { environments } = await client.getStatus({ project })
  const url = environments.find(({ name }) => name === environment)?.live?.url
  if (!url) throw new Error(`nothing answers in ${environment}`)
  return url.replace(/\/$/, '')
}

/** What a service answers, with the status when it is not 200. */
export async function get(url: string): Promise<string> {
  const response = await fetch(url)
  const text = (await response.text()).trim()
  return response.ok ? text : `${response.status} ${text}`
}
