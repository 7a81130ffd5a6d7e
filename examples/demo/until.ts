import { setTimeout as pause } from 'node:timers/promises'

/** Asks until the answer is not null; throws after that many seconds, naming what it waited for. */
export async function until<Answer>(
  what: string,
  look: () => Promise<Answer | null>,
  limitSeconds = 60,
): Promise<Answer> {
  const deadline = performance.now() + limitSeconds * 1000
  for (;;) {
    const answer = await look()
    if (answer !== null) return answer
    if (performance.now() > deadline) throw new Error(`waited ${limitSeconds} s for ${what}`)
    await pause(150)
  }
}
