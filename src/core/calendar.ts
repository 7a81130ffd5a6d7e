import { occurrences, timingOf, type CalendarRule, type Occurrence, type Timing } from './calendar-rule.ts'
import { dayMs } from './civil.ts'
import { localTime, nextJump, offsetAt } from './zone.ts'

/** When things may happen: inside an allowed time where there are such, and outside every denied one. */
export interface Calendar {
  zone: string
  allow: CalendarRule[]
  deny: CalendarRule[]
}

/** What a calendar says about one moment. */
export interface Opening {
  open: boolean
  /** The rules the moment lies in. */
  allowing: CalendarRule[]
  denying: CalendarRule[]
  /** The first moment after it at which `open` differs; null when there is none within a year. */
  changesAt: Date | null
}

/** Most rules change within a week, and no promotion waits longer than a year. */
const searchedDays = [8, 64, 367]

/**
 * Looks a moment up. A rule means what the clocks of its zone show: an hour that a clock skips never comes, and one
 * that it shows twice comes twice. Pure, and its work is bounded by the number of rules.
 */
export function openingAt({ zone, allow, deny }: Calendar, at: Date): Opening {
  const times = { allow: allow.map(timingOf), deny: deny.map(timingOf) }
  const local = localTime(zone, at.getTime())
  const inside = (rules: CalendarRule[], timings: Timing[]) =>
    rules.filter((_, index) => timings[index] && !occurrences(timings[index], local, local + 1).next().done)
  const [allowing, denying] = [inside(allow, times.allow), inside(deny, times.deny)]
  const open = denying.length === 0 && (allow.length === 0 || allowing.length > 0)
  return { open, allowing, denying, changesAt: nextChange({ zone, times, open }, at.getTime()) }
}

/** A moment as clocks in a zone show it, and in UTC: `Mon 2026-11-23 13:00 Europe/Berlin (12:00 UTC)`. */
export function inZone(zone: string, at: Date): string {
  const local = new Date(localTime(zone, at.getTime()))
  const shown = `${weekdayNames[local.getUTCDay()]} ${minuteOf(local)} ${zone}`
  if (zone === 'UTC') return shown
  const [here, there] = [minuteOf(local), minuteOf(at)]
  return `${shown} (${here.slice(0, 10) === there.slice(0, 10) ? there.slice(11) : there} UTC)`
}

const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function minuteOf(moment: Date): string {
  return moment.toISOString().slice(0, 16).replace('T', ' ')
}

interface Search {
  zone: string
  times: Record<'allow' | 'deny', Timing[]>
  /** What it is before the change. */
  open: boolean
}

function nextChange(search: Search, at: number): Date | null {
  const ends = searchedDays.map((days) => at + days * dayMs)
  for (const [index, end] of ends.entries()) {
    const change = changeWithin(search, ends[index - 1] ?? at, end)
    if (change !== null) return new Date(change)
  }
  return null
}

/** Goes from one moment at which it may change to the next: where rules begin and end, and where clocks jump. */
function changeWithin({ zone, times, open }: Search, from: number, to: number): number | null {
  const around = { from: localTime(zone, from) - 2 * dayMs, before: localTime(zone, to) + 2 * dayMs }
  const [allowed, denied] = [spansOf(times.allow, around), spansOf(times.deny, around)]
  const isOpen = (local: number) => !contains(denied, local) && (times.allow.length === 0 || contains(allowed, local))
  const edges = [...allowed, ...denied].flatMap(({ start, end }) => [start, end]).toSorted((a, b) => a - b)
  for (let cursor = from; cursor < to;) {
    const offset = offsetAt(zone, cursor)
    const next = (edges.find((edge) => edge > cursor + offset) ?? Infinity) - offset
    const edge = Math.min(next, to)
    cursor = nextJump(zone, cursor, edge) ?? edge
    if (isOpen(localTime(zone, cursor)) !== open) return cursor
  }
  return null
}

/** The occurrences of some rules as one, those that touch joined. */
function spansOf(timings: Timing[], { from, before }: { from: number; before: number }): Occurrence[] {
  const all = timings.flatMap((timing) => [...occurrences(timing, from, before)]).toSorted((a, b) => a.start - b.start)
  const spans: Occurrence[] = []
  for (const { start, end } of all) {
    const last = spans.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else spans.push({ start, end })
  }
  return spans
}

function contains(spans: Occurrence[], local: number): boolean {
  return spans.some(({ start, end }) => start <= local && local < end)
}
