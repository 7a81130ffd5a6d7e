import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { expect, test } from 'vitest'
import { junitXml, type JunitCase } from './junit-xml.ts'

const anyCase = fc.record<JunitCase>({
  group: fc.string({ unit: 'binary' }),
  name: fc.string({ unit: 'binary' }),
  outcome: fc.constantFrom('passed', 'failed', 'error', 'skipped'),
  message: fc.string({ unit: 'binary' }),
})

test('whatever names and messages hold, the report is well-formed and its counts are right', () => {
  fc.assert(
    fc.property(fc.array(anyCase, { maxLength: 8 }), (cases) => {
      const tags: Record<string, number> = {}
      const parser = new SaxesParser()
      parser.on('error', (error) => {
        throw error
      })
      parser.on('opentag', ({ name }) => (tags[name] = (tags[name] ?? 0) + 1))
      parser.write(junitXml('gates', cases)).close()
      const count = (outcome: string) => cases.filter((one) => one.outcome === outcome).length
      expect(tags['testcase'] ?? 0).toBe(cases.length)
      expect(tags['failure'] ?? 0).toBe(count('failed'))
      expect(tags['error'] ?? 0).toBe(count('error'))
      expect(tags['skipped'] ?? 0).toBe(count('skipped'))
    }),
  )
})

test('a message keeps its line ends and loses what XML cannot say', () => {
  const xml = junitXml('gates', [{ group: 'prod', name: 'quality', outcome: 'failed', message: 'a\nb <c> "d"\u0000' }])
  expect(xml).toContain('message="a&#10;b &lt;c&gt; &quot;d&quot;"')
})
