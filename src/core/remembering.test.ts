import fc from 'fast-check'
import { expect, test } from 'vitest'
import { remembering } from './remembering.ts'

const question = fc.record({ who: fc.constantFrom('ana', 'bob'), what: fc.integer({ min: 0, max: 5 }) })

test('it says what the function says, and asks it again only for what was not asked lately', () => {
  fc.assert(
    fc.property(fc.array(question, { maxLength: 60 }), fc.integer({ min: 1, max: 6 }), (questions, most) => {
      const say = ({ who, what }: { who: string; what: number }) => `${who} ${what}`
      const asked: string[] = []
      const remembered = remembering((one: Parameters<typeof say>[0]) => (asked.push(say(one)), say(one)), most)
      const expected: string[] = []
      let lately: string[] = []
      for (const one of questions) {
        const key = say(one)
        if (!lately.includes(key)) expected.push(key)
        lately = [...lately.filter((each) => each !== key), key].slice(-most)
        expect(remembered(one)).toBe(key)
      }
      expect(asked).toEqual(expected)
    }),
  )
})

test('no is remembered as well as yes', () => {
  let asked = 0
  const remembered = remembering(() => (asked++, false), 2)
  expect([remembered('x'), remembered('x')]).toEqual([false, false])
  expect(asked).toBe(1)
})

test('what throws is not remembered', () => {
  let asked = 0
  const remembered = remembering(() => {
    asked++
    throw new Error('not now')
  }, 2)
  expect(() => remembered('x')).toThrow('not now')
  expect(() => remembered('x')).toThrow('not now')
  expect(asked).toBe(2)
})
