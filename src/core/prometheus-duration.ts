const units = [
  ['y', 31_536_000, true],
  ['w', 604_800, true],
  ['d', 86_400, false],
  ['h', 3600, false],
  ['m', 60, false],
  ['s', 1, false],
] as const

/** Seconds as Prometheus itself writes a duration, so that the names of recording rules are found: 28 days are `4w`, 30 days `30d`, 64 minutes `1h4m`. */
export function prometheusDuration(length: number): string {
  let rest = length
  let text = ''
  for (const [unit, size, onlyWhole] of units) {
    const count = Math.floor(rest / size)
    if (count === 0 || (onlyWhole && rest % size !== 0)) continue
    text += `${count}${unit}`
    rest -= count * size
  }
  return text || '0s'
}

/** The seconds of a duration that Prometheus wrote; null when it is none. */
export function prometheusSeconds(text: string): number | null {
  if (!/^([0-9]+[ywdhms])+$/.test(text)) return null
  const parts = [...text.matchAll(/([0-9]+)([ywdhms])/g)]
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units.find(([name]) => name === unit)?.[1] ?? 0),
    0,
  )
}
