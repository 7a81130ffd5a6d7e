import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listedFiles } from './listed-files.ts'

const line = (path: string, mode = '100644', kind = 'blob') => `${mode} ${kind} ${'a'.repeat(40)}\t${path}\0`
const list = (...lines: string[]) => Buffer.from(lines.join(''))

test('only regular files are found, by the whole of their names', () => {
  const listed = list(
    line('x.lock'),
    line('my-x.lock'),
    line('x.lock/a', '100755'),
    line('b/x.lock', '100755'),
    line('link/x.lock', '120000'),
    line('sub/x.lock', '160000', 'commit'),
    line('c\\d/x.lock'),
  )
  expect(listedFiles(listed, ['x.lock'])).toEqual(['x.lock', 'b/x.lock'])
  expect(listedFiles(listed, ['a', 'my-x.lock', 'lock'])).toEqual(['my-x.lock', 'x.lock/a'])
  expect(listedFiles(Buffer.alloc(0), ['x.lock'])).toEqual([])
})

test('a path that is not UTF-8 is left out', () => {
  const listed = Buffer.concat([list(line('a/x.lock')), Buffer.from(line('ÿ/x.lock'), 'latin1')])
  expect(listedFiles(listed, ['x.lock'])).toEqual(['a/x.lock'])
})

test('whatever lies around them, the files are those that going through the list line by line finds', () => {
  const part = fc.constantFrom('a', 'b', 'x', 'x.lock', 'y.lock', 'ax.lock')
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 12 }), (paths) => {
      const found = listedFiles(list(...paths.map((each) => line(each))), ['x.lock', 'y.lock'])
      const expected = paths.filter((each) => /(^|\/)[xy]\.lock$/.test(each))
      expect(new Set(found)).toEqual(new Set(expected))
      expect(found).toHaveLength(expected.length)
    }),
  )
})
