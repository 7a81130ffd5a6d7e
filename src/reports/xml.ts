import { SaxesParser } from 'saxes'
import { Contradiction, untrusted } from './untrusted.ts'

/** What hears of a document's tags as they go by; a `Contradiction` it throws gets its line and column. */
export interface XmlListener {
  open(tag: string, attributes: Record<string, string>): void
  text?(text: string): void
  close(tag: string): void
}

/** How one format is read. */
export interface XmlFormat {
  /** What people call it: `JUnit`. */
  kind: string
  /** The root of a document type declaration that may stand at the top, as long as it declares nothing itself; it is never fetched. */
  documentType?: string
}

const limits = { bytes: 64 * 1024 * 1024, depth: 64, attributes: 64 }
const chunkBytes = 256 * 1024

/**
 * The strict entrance of all XML reports: well-formed to the last byte, UTF-8 only, bounded in size, depth and
 * attributes, nothing fetched, and no entities but XML's own five (A19). Refuses with reason `report_invalid`.
 */
export function readXml(bytes: Uint8Array, { kind, documentType }: XmlFormat, listener: XmlListener): void {
  if (bytes.byteLength > limits.bytes) throw untrusted(kind, `it is larger than ${limits.bytes} bytes`)
  if (bytes.byteLength === 0) throw untrusted(kind, 'it is empty')
  const parser = parserInto(listener, documentType)
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    for (let start = 0; start < bytes.byteLength; start += chunkBytes) {
      parser.write(decoder.decode(bytes.subarray(start, start + chunkBytes), { stream: true }))
    }
    parser.write(decoder.decode())
    parser.close()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const place = `line ${parser.line}, column ${parser.column + 1}`
    throw untrusted(kind, `${place}: ${error.message.replace(/^\d+:\d+: /, '')}`, error)
  }
}

/** With a few more handlers than these V8 keeps the parser's fields in a dictionary, and parsing takes five times as long. */
function parserInto(listener: XmlListener, documentType: string | undefined): SaxesParser {
  const parser = new SaxesParser()
  const text = (piece: string) => listener.text?.(piece)
  let depth = 0
  let attributesInTag = 0
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (!/^(utf-?8|us-ascii)$/i.test(encoding)) throw new Contradiction(`expected UTF-8, found encoding ${encoding}`)
  })
  parser.on('doctype', (declaration) => {
    const harmless = documentType !== undefined && !declaration.includes('[') && rootOf(declaration) === documentType
    if (!harmless) throw new Contradiction('expected no document type declaration, found one')
  })
  parser.on('attribute', () => {
    if (++attributesInTag > limits.attributes)
      throw new Contradiction(`expected at most ${limits.attributes} attributes, found more`)
  })
  parser.on('opentag', ({ name, attributes }) => {
    attributesInTag = 0
    if (++depth > limits.depth) throw new Contradiction(`expected at most ${limits.depth} levels, found more`)
    listener.open(name, attributes)
  })
  parser.on('text', text)
  parser.on('cdata', text)
  parser.on('closetag', ({ name }) => {
    depth--
    listener.close(name)
  })
  return parser
}

function rootOf(declaration: string): string | undefined {
  return /^\s*([\w.-]+)/.exec(declaration)?.[1]
}
