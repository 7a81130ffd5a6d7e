import { tooOften } from './rate-limit.ts'

/** Does work for somebody, or refuses with `rate_limited` while too much of it is under way, of theirs or of all. */
export type UnderWay = <Result>(member: string, work: () => Promise<Result>) => Promise<Result>

/** Counts what is under way, in this process. */
export function createUnderWay({ perMember, most }: { perMember: number; most: number }): UnderWay {
  const counts = new Map<string, number>()
  let all = 0
  return async (member, work) => {
    const own = counts.get(member) ?? 0
    if (own >= perMember || all >= most) throw tooOften('costly requests at once')
    counts.set(member, own + 1)
    all += 1
    try {
      return await work()
    } finally {
      const left = (counts.get(member) ?? 1) - 1
      if (left === 0) counts.delete(member)
      else counts.set(member, left)
      all -= 1
    }
  }
}
