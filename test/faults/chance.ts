/** Numbers that look random and are the same for the same seed (mulberry32): a run that failed can be played again. */
export function chanceOf(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (least: number, most: number) => least + next() * (most - least),
    pick: <T>(among: readonly T[]): T | undefined => among[Math.floor(next() * among.length)],
  }
}
export type Chance = ReturnType<typeof chanceOf>
