import { Refusal } from '../core/refusal.ts'

/** The option of everything that lists. */
export const limit = { value: 'count', says: 'how many at most', default: '20' } as const

/** The whole number an option was given. */
export function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new Refusal('invalid', `expected a whole number after ${option}; found ${text}`)
}
