import { SaxesParser } from 'saxes'
import { Refusal } from '../core/refusal.ts'
import type { ReportReader } from '../core/report.ts'
import { JunitTally } from './junit-tally.ts'

const limits = { bytes: 256 * 1024 * 1024, depth: 64, attributes: 64 }
const chunkBytes = 256 * 1024

/**
 * JUnit's XML as Surefire, Gradle, Jest, vitest, node and pytest write it. A strict parser, no DTD and so no entities
 * (A19), only UTF-8, and the counts that suites declare must be what is in them.
 */
export const junit: ReportReader = {
  read(bytes) {
    if (bytes.byteLength > limits.bytes) {
      throw refused(`it is larger than ${limits.bytes} bytes`)
    }
    if (bytes.byteLength === 0) throw refused('it is empty')
    const tally = new JunitTally()
    const parser = parserInto(tally)
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true })
      for (let start = 0; start < bytes.byteLength; start += chunkBytes) {
        parser.write(decoder.decode(bytes.subarray(start, start + chunkBytes), { stream: true }))
      }
      parser.write(decoder.decode())
      parser.close()
      return tally.results()
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const place = `line ${parser.line}, column ${parser.column + 1}`
      throw refused(`${place}: ${error.message.replace(/^\d+:\d+: /, '')}`, error)
    }
  },
}

/** With a few more handlers than these V8 keeps the parser's fields in a dictionary, and parsing takes five times as long. */
function parserInto(tally: JunitTally): SaxesParser {
  const parser = new SaxesParser()
  let depth = 0
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (!/^(utf-?8|us-ascii)$/i.test(encoding)) throw new Error(`expected UTF-8, found encoding ${encoding}`)
  })
  parser.on('doctype', () => {
    throw new Error('expected no document type declaration, found one')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > limits.depth) throw new Error(`expected at most ${limits.depth} levels, found more`)
    if (Object.keys(attributes).length > limits.attributes) {
      throw new Error(`expected at most ${limits.attributes} attributes, found more`)
    }
    tally.open(name, attributes)
  })
  parser.on('text', (text) => tally.text(text))
  parser.on('cdata', (text) => tally.text(text))
  parser.on('closetag', ({ name }) => {
    depth--
    tally.close(name)
  })
  return parser
}

function refused(found: string, cause?: unknown): Refusal {
  return new Refusal('unprocessable', `not a JUnit report that can be trusted: ${found}`, {
    reason: 'report_invalid',
    cause,
  })
}
