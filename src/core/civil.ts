/** A day in milliseconds, on a clock that is never put forward or back. */
export const dayMs = 86_400_000

/** The number of a date, `2026-12-24`, counted from 1970-01-01. */
export function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / dayMs
}

/** True for dates that exist, from the year 1970 on. */
export function isDate(text: string): boolean {
  const match = /^(19[789][0-9]|2[0-9]{3})-([0-9]{2})-([0-9]{2})$/.test(text)
  return match && !Number.isNaN(dayOf(text)) && new Date(dayOf(text) * dayMs).toISOString().startsWith(text)
}

/** The parts of a day's date; January is month 1. */
export function civil(day: number): { year: number; month: number; date: number } {
  const at = new Date(day * dayMs)
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, date: at.getUTCDate() }
}

/** The first day of a month; month 13 is January of the next year. */
export function monthStart(year: number, month: number): number {
  return Date.UTC(year, month - 1, 1) / dayMs
}

/** 0 on Mondays, 6 on Sundays. */
export function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7
}
