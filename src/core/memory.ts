import type { Digest } from './digest.ts'

/** Answers, which are JSON, by the digest of everything that they depend on. Only what no clock and no later act can change may be asked through it. */
export interface Memory<Answer> {
  /** The answer as it was given before, or a new one; what throws is asked again. */
  recall(question: Digest, answer: () => Answer): Answer
}

/** What the digest and the place in the map take, roughly. */
const overheadCharacters = 200

/** Keeps answers up to so many characters of JSON; those not asked for the longest are forgotten first. Everyone gets the same object, so nobody may change it. */
export function createMemory<Answer>(mostCharacters: number): Memory<Answer> {
  const known = new Map<Digest, { answer: Answer; size: number }>()
  let total = 0

  const keep = (question: Digest, answer: Answer) => {
    const text = JSON.stringify(answer)
    const size = overheadCharacters + text.length
    if (size > mostCharacters) return
    total += size
    // A copy: a word that was cut out of a document holds on to all of it.
    known.set(question, { answer: JSON.parse(text) as Answer, size })
    for (const [oldest, { size: freed }] of known) {
      if (total <= mostCharacters) break
      known.delete(oldest)
      total -= freed
    }
  }

  return {
    recall(question, answer) {
      const found = known.get(question)
      if (!found) {
        const given = answer()
        keep(question, given)
        return given
      }
      // The newest stands last.
      known.delete(question)
      known.set(question, found)
      return found.answer
    },
  }
}
