import type { HttpAnswer } from '../core/http-request.ts'
import type { Image } from '../core/image.ts'
import { Refusal } from '../core/refusal.ts'
import type { Conversation } from './conversation.ts'
import { fetchTag, odd } from './fetch.ts'
import { index, limits, mediaTypes, readAs, type Descriptor } from './manifest.ts'

/** What refers to an image (OCI Distribution 1.1, "Listing Referrers"); where the registry has no such list, what the tag of that name lists. */
export async function referrersOf(talk: Conversation, image: Image): Promise<Descriptor[]> {
  return (await listed(talk, image)) ?? tagged(talk, image)
}

/** The tag under which clients list referrers themselves (OCI Distribution 1.1, "Referrers Tag Schema"). */
export function tagOf({ digest }: Image): string {
  return digest.replace(':', '-')
}

/** What the tag lists; nothing when there is no such tag. */
export async function tagged(talk: Conversation, image: Image): Promise<Descriptor[]> {
  const bytes = await fetchTag(talk, image, tagOf(image))
  return bytes ? readAs(index, bytes, `the tag ${tagOf(image)}`).manifests : []
}

/** Page after page; null when the registry does not know how. */
async function listed(talk: Conversation, image: Image): Promise<Descriptor[] | null> {
  const first = `referrers/${image.digest}`
  const found: Descriptor[] = []
  for (let to: string | null = first; to !== null;) {
    const answer = await talk.ask({
      method: 'GET',
      to,
      headers: { accept: mediaTypes.index },
      maxBytes: limits.manifestBytes,
    })
    if (to === first && knowsNone(answer)) return null
    if (answer.status !== 200) throw odd(image, first, answer)
    const page = readAs(index, answer.body, `the referrers of ${image.name}`).manifests
    found.push(...page)
    if (found.length > limits.entries) {
      throw new Refusal('too_large', `expected at most ${limits.entries} referrers of ${image.name}, found more`)
    }
    to = page.length > 0 ? nextPage(answer.headers['link'] ?? '', first) : null
  }
  return found
}

/** 404 by the rules; older registries say so in other ways, or answer with a page for people. */
function knowsNone({ status, type }: HttpAnswer): boolean {
  return [400, 404, 405, 406].includes(status) || (status === 200 && type !== mediaTypes.index)
}

/** The query of the next page (RFC 8288): what else the link says is not followed, as it must be of the same list. */
function nextPage(link: string, first: string): string | null {
  const target = /<([^<>]*)>\s*;[^,]*\brel="?next"?(?=[\s;,]|$)/.exec(link)?.[1]
  const query = target === undefined ? null : /\?([!-~]+)$/.exec(target)?.[1]
  return query === null || query === undefined ? null : `${first}?${query}`
}
