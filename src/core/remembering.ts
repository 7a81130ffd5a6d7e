/** A pure function that remembers its answers to the questions asked last, at most as many as that; two questions with the same JSON are one. */
export function remembering<Question, Answer>(
  answer: (question: Question) => Answer,
  most: number,
): (question: Question) => Answer {
  const known = new Map<string, Answer>()
  return (question) => {
    const key = JSON.stringify(question)
    const found = known.has(key) ? known.get(key)! : answer(question)
    // A map keeps the order of insertion: the first is the one not asked for the longest.
    known.delete(key)
    known.set(key, found)
    if (known.size > most) known.delete(known.keys().next().value!)
    return found
  }
}
