import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uniqueId } from './unique-id.ts'

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const random = fc.uint8Array({ minLength: 10, maxLength: 10 })

test('ids are UUIDs of version 7 and sort by time', () => {
  fc.assert(
    fc.property(time, time, random, random, (one, other, a, b) => {
      const ids = [uniqueId(one, a), uniqueId(other, b)] as const
      for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      if (one !== other) expect(ids[0] < ids[1]).toBe(one < other)
    }),
  )
})
