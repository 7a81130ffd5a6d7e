/** What is promised: that share of good events (0.999) over a sliding window. */
export interface Objective {
  objective: number
  windowSeconds: number
}

/** Too fast is a burn rate above `above` over the long and the short window at once; 1 spends the whole budget in exactly its window. */
export interface BurnLimit {
  longSeconds: number
  shortSeconds: number
  above: number
}

/** The share of bad events, from 0 to 1, over the time until now, by its length in seconds. */
export type Shares = ReadonlyMap<number, number>

/** One burn limit, held against what was measured. */
export interface Burn extends BurnLimit {
  longRate: number
  shortRate: number
  tooFast: boolean
}

/** How an error budget stands. */
export interface BudgetState {
  /** The share of the budget that is left: 1 all of it, 0 none, below 0 overspent. */
  remaining: number
  spent: boolean
  burns: Burn[]
  /** Neither spent nor burning too fast. */
  fine: boolean
  /** After how many seconds it is fine again if nothing else fails; 0 when it is now, null when that cannot be reckoned. */
  fineAfterSeconds: number | null
}

/** The share of the budget that a burn may spend within its long window, as the generator Sloth has it by default; its rates for 30 days are 14.4, 6, 3 and 1. */
const slothLimits = [
  { longSeconds: 3600, shortSeconds: 300, spends: 0.02 },
  { longSeconds: 21_600, shortSeconds: 1800, spends: 0.05 },
  { longSeconds: 86_400, shortSeconds: 7200, spends: 0.1 },
  { longSeconds: 259_200, shortSeconds: 21_600, spends: 0.1 },
]

/** Sloth's burn limits for a budget of that window; those that are not shorter than it mean nothing and are left out. */
export function slothBurnLimits(windowSeconds: number): BurnLimit[] {
  return slothLimits
    .filter(({ longSeconds }) => longSeconds < windowSeconds)
    .map(({ longSeconds, shortSeconds, spends }) => ({
      longSeconds,
      shortSeconds,
      above: Number(((spends * windowSeconds) / longSeconds).toPrecision(6)),
    }))
}

/** Pyrra's burn limits: 14, 7, 2 and 1 over windows that are reckoned from 28 days and rounded to minutes. */
export function pyrraBurnLimits(windowSeconds: number): BurnLimit[] {
  const part = (of28Days: number) => Math.round((windowSeconds * of28Days) / 2_419_200 / 60) * 60
  return [
    { longSeconds: part(3600), shortSeconds: part(300), above: 14 },
    { longSeconds: part(21_600), shortSeconds: part(1800), above: 7 },
    { longSeconds: part(86_400), shortSeconds: part(7200), above: 2 },
    { longSeconds: part(345_600), shortSeconds: part(21_600), above: 1 },
  ]
}

/** Every window whose share is needed, the shortest first. */
export function windowsOf({ windowSeconds }: Objective, limits: BurnLimit[]): number[] {
  const all = [windowSeconds, ...limits.flatMap(({ longSeconds, shortSeconds }) => [longSeconds, shortSeconds])]
  return [...new Set(all)].toSorted((one, other) => one - other)
}

/** Reckons with shares of all windows of `windowsOf`; throws when one is missing. More than `above` of the budget must be left. */
export function budgetState(
  promise: Objective,
  { above, limits }: { above: number; limits: BurnLimit[] },
  shares: Shares,
): BudgetState {
  const { objective, windowSeconds } = promise
  const budget = 1 - objective
  const rate = (seconds: number) => shareOf(shares, seconds) / budget
  const remaining = 1 - rate(windowSeconds)
  const spent = !(remaining > above)
  const burns = limits.map((limit) => {
    const [longRate, shortRate] = [rate(limit.longSeconds), rate(limit.shortSeconds)]
    return { ...limit, longRate, shortRate, tooFast: longRate > limit.above && shortRate > limit.above }
  })
  const fineAfter = (seconds: number, allowed: number) => fineAfterSeconds(shares, seconds, allowed)
  const troubles = [
    ...(spent ? [above < 1 ? fineAfter(windowSeconds, (1 - above) * budget) : Infinity] : []),
    ...burns
      .filter(({ tooFast }) => tooFast)
      .map(({ longSeconds, shortSeconds, above: limit }) =>
        Math.min(fineAfter(longSeconds, limit * budget), fineAfter(shortSeconds, limit * budget)),
      ),
  ]
  const longest = Math.max(0, ...troubles)
  return {
    remaining,
    spent,
    burns,
    fine: troubles.length === 0,
    fineAfterSeconds: Number.isFinite(longest) ? Math.ceil(longest) : null,
  }
}

function shareOf(shares: Shares, seconds: number): number {
  const share = shares.get(seconds)
  if (share === undefined) throw new Error(`no share of bad events over ${seconds} s`)
  return share
}

/**
 * After how many seconds without another bad event the share over a window is down to `allowed`. The shares of the
 * shorter windows tell how long ago the bad events were; between two windows they, and all traffic, count as even.
 */
function fineAfterSeconds(shares: Shares, seconds: number, allowed: number): number {
  const most = allowed * seconds
  let youngest = { age: 0, bad: 0 }
  for (const age of [...shares.keys()].toSorted((one, other) => one - other)) {
    if (age > seconds) break
    const bad = Math.max(youngest.bad, shareOf(shares, age) * age)
    if (bad > most) {
      const within = youngest.age + ((age - youngest.age) * (most - youngest.bad)) / (bad - youngest.bad)
      // Past that age the events have left the window.
      return seconds - Math.max(0, within) + 1
    }
    youngest = { age, bad }
  }
  return 0
}
