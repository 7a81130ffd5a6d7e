import { z } from 'zod'
import { cursor } from '../core/page.ts'
import { insidePath } from '../core/names.ts'

/** A moment: ISO 8601 with `Z` on the wire, a Date in code. */
export const time = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (moment) => moment.toISOString(),
})

/** The id of a promotion, run, token and the like. */
export const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected an id as a list shows it')

/** Who someone is: `subject@issuer`, without blanks or control characters. */
export const actor = z
  .string()
  .max(320)
  .regex(/^[^\s\p{C}]+@[^\s\p{C}@]+$/u, 'expected subject@issuer, such as ana@local')

/** One line for people; no control or invisible formatting characters, so that it cannot pose as something else. */
export const line = (maximum: number) =>
  z
    .string()
    .max(maximum)
    .regex(/^(?=.*\S)[^\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]+$/u, 'expected one line of visible text')

/** Why someone does something, kept in the log. */
export const reason = line(1000)

/** The keys every list takes. */
export const paging = {
  cursor: cursor.exactOptional().describe('The `next` of the page before'),
  limit: z.int().min(1).max(200).default(50),
}

/** One page of a list, newest first; `next` is null on the last. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

/** The texts of the files that a lockflight.yaml names, by the path it names them with. */
export const fileTexts = z
  .record(insidePath, z.string().max(256_000))
  .refine((files) => Object.keys(files).length <= 50, 'expected at most 50 files')
  .describe('The texts of the files that it names, by their paths there')
