import type { Endpoint } from '../api/endpoint.ts'
import { tooOften } from './rate-limit.ts'

/** Who does what; one kind of work leaves room for the others, so that lookers hold up nobody who hands in. */
interface Doing extends Pick<Endpoint, 'permission'> {
  member: string
}

/** Does work for somebody, or refuses with `rate_limited` while too much of its kind is under way, of theirs or of all. */
export type UnderWay = <Result>(doing: Doing, work: () => Promise<Result>) => Promise<Result>

/** Counts what is under way, in this process. */
export function createUnderWay({ perMember, most }: { perMember: number; most: number }): UnderWay {
  const counts = new Map<string, number>()
  const change = (key: string, by: number) => {
    const count = (counts.get(key) ?? 0) + by
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }
  return async ({ permission, member }, work) => {
    const keys = [permission, `${permission} ${member}`] as const
    const [all, own] = keys.map((key) => counts.get(key) ?? 0)
    if ((own ?? 0) >= perMember || (all ?? 0) >= most) throw tooOften('costly requests at once')
    for (const key of keys) change(key, 1)
    try {
      return await work()
    } finally {
      for (const key of keys) change(key, -1)
    }
  }
}
