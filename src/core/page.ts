import { z } from 'zod'

/** Where a page of a list ended: lists go newest first, equal times by id downwards, so nothing is skipped or repeated. */
export interface Before {
  at: Date
  id: string
}

/** One page as the API answers it; `next` asks for the following one, and is null on the last. */
export interface Page<Item> {
  items: Item[]
  next: string | null
}

/** A place in a list as text: `<ISO time>~<id>`. */
export const cursor = z
  .string()
  .max(128)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z~[A-Za-z0-9:_-]+$/, {
    error: 'expected the `next` of the page before',
    abort: true,
  })
  .refine((text) => !Number.isNaN(beforeOf(text).at.getTime()), 'expected the `next` of the page before')

/** The place a cursor stands for. */
export function beforeOf(text: string): Before {
  const [at = '', id = ''] = text.split('~')
  return { at: new Date(at), id }
}

/** A page from one row more than the limit; `placeOf` gives each row's place in the list. */
export function pageOf<Item>(rows: Item[], limit: number, placeOf: (row: Item) => Before): Page<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const place = last && rows.length > limit ? placeOf(last) : null
  return { items, next: place && `${place.at.toISOString()}~${place.id}` }
}
