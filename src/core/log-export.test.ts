import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkpointLine, entryLine, exportReadme, readCheckpoints, readEntries } from './log-export.ts'
import { leafHash } from './merkle.ts'

/** The text as bytes, in pieces of that size. */
async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('what is written is read again, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.json()), fc.integer({ min: 1, max: 50 }), async (bodies, size) => {
      const entries = bodies.map((body, index) => ({
        index,
        body,
        leaf: index % 3 === 0 ? null : Buffer.from(leafHash(body)),
      }))
      expect(await Array.fromAsync(readEntries(pieces(entries.map(entryLine).join(''), size)))).toEqual(entries)
    }),
  )
  const notes = ['one\n\n— two\n', 'ä']
  expect(await Array.fromAsync(readCheckpoints(pieces(notes.map(checkpointLine).join(''), 3)))).toEqual(notes)
})

test('a line that is malformed, unknown, cut off or endless is refused with its place', async () => {
  const good = entryLine({ index: 0, body: '{}', leaf: leafHash('{}') })
  const problems = async (text: string) =>
    Array.fromAsync(readEntries(pieces(text, 4096))).then(
      () => null,
      (error: unknown) => error,
    )
  const refused = (message: string) => ({
    code: 'unprocessable',
    reason: 'export_invalid',
    message: expect.stringContaining(message) as string,
  })
  expect(await problems(good)).toBeNull()
  expect(await problems(`${good}{"index":1`)).toMatchObject(refused('cut off'))
  expect(await problems(`${good}nothing\n`)).toMatchObject(refused('entries.ndjson:2: expected one JSON object'))
  expect(await problems(`${good}\n`)).toMatchObject(refused('entries.ndjson:2'))
  expect(await problems(good.replace('"index":0', '"index":-1'))).toMatchObject(refused('entries.ndjson:1: index'))
  expect(await problems(good.replace('{"index"', '{"more":1,"index"'))).toMatchObject(refused('more'))
  expect(await problems(good.replace(/"leaf":"[^"]*"/, '"leaf":"AAAA"'))).toMatchObject(
    refused('leaf expected 32 bytes'),
  )
  expect(await problems('x'.repeat(1_000_000))).toMatchObject(refused('longer than'))
})

test.each([
  ['a key twice', (line: string) => line.replace('"body":', '"body":"what others see","body":')],
  ['a key twice, once escaped', (line: string) => line.replace('{', '{"\\u0062ody":"what others see",')],
  ['__proto__', (line: string) => line.replace('{', '{"__proto__":{"leaf":null},')],
  ['a number that is not exact', (line: string) => line.replace('0', '0.00000000000000000001')],
  ['a number beyond doubles', (line: string) => line.replace('0', '1e400')],
  ['half a surrogate pair', (line: string) => line.replace('"body":"', '"body":"\\ud800')],
  ['another spelling of the same text', (line: string) => line.replace('"body"', '"\\u0062ody"')],
  ['blanks', (line: string) => line.replace(':', ': ')],
  ['a byte order mark', (line: string) => `\uFEFF${line}`],
  ['more behind it', (line: string) => line.replace('\n', '{}\n')],
])('A15 a line of an export with %s is refused', async (_, trick) => {
  const line = trick(entryLine({ index: 0, body: '{}', leaf: leafHash('{}') }))
  await expect(Array.fromAsync(readEntries(pieces(line, 4096)))).rejects.toMatchObject({ reason: 'export_invalid' })
})

test('the text of an export names its log, its length and the command', () => {
  const text = exportReadme({ origin: 'example.com/log', size: 12 })
  expect(text).toContain('The log of example.com/log, its first 12 entries')
  expect(text).toContain('lockflight audit verify .')
})
