import { Composer, Lexer, LineCounter, Parser, isScalar, Scalar } from 'yaml'
import type { CST, Document } from 'yaml'
import { offsetOf, nodeAt, toData } from './yaml-nodes.ts'

/** Something wrong at one place of a text; lines and columns count from 1. */
export interface TextProblem {
  line: number
  column: number
  message: string
}

/** A YAML text as plain data that remembers where each part came from. */
export interface YamlText {
  /** Undefined when the text cannot be read at all. */
  value: unknown
  problems: TextProblem[]
  /** The problem at a path of the value: at the key or at what it holds; at the nearest thing around it when it is absent. */
  problemAt(path: PropertyKey[], part: 'key' | 'value', message: string): TextProblem
  /** What was written at that path, when it is a bare `1.10`, `0o17` or `true`; undefined for anything else. */
  bareText(path: PropertyKey[]): string | undefined
}

const limits = { characters: 1024 * 1024, lines: 50_000, tokens: 60_000, nesting: 128, syntaxErrors: 5 }

/** Reads YAML 1.2 as data only: one document, no tags, no merge keys, no duplicate keys, few aliases, bounded in size, depth and time (A16). */
export function readYaml(text: string): YamlText {
  const problemAt = placesIn(text)
  const parsed = parse(text)
  if ('refused' in parsed) return unreadable([problemAt(parsed.offset, parsed.refused)])
  const [document, another] = parsed.documents
  if (!document) return unreadable([problemAt(0, 'expected one YAML document; found nothing')])
  const errors = document.errors
    .slice(0, limits.syntaxErrors)
    .map(({ pos, message }) => problemAt(pos[0], `expected valid YAML; found this: ${message}`))
  if (another) errors.push(problemAt(another.range[0], 'expected one YAML document; found a second one'))
  if (errors.length > 0) return unreadable(errors)

  const { value, problems } = toData(document)
  return {
    value,
    problems: problems.map(({ offset, message }) => problemAt(offset, message)),
    problemAt: (path, part, message) => problemAt(offsetOf(document, path, part), message),
    bareText: (path) => {
      const node = nodeAt(document, path)
      const bare = isScalar(node) && node.type === Scalar.PLAIN && node.tag === undefined && node.value !== null
      return bare ? node.source : undefined
    },
  }
}

type Parsed = { documents: Document.Parsed[] } | { refused: string; offset: number }

/** Feeds the parser one token at a time, so that a hostile text is given up before it has cost much. */
function parse(text: string): Parsed {
  if (text.length > limits.characters) return { refused: 'expected at most 1 MiB; found more', offset: 0 }
  if (text.split('\n', limits.lines + 1).length > limits.lines) {
    return { refused: `expected at most ${limits.lines} lines; found more`, offset: 0 }
  }
  const control = unprintable.exec(text)
  if (control) return { refused: 'expected printable text; found a control character', offset: control.index }
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme))
    count += 1
    if (count > limits.tokens)
      return { refused: 'expected a simpler file; found too many parts', offset: parser.offset }
    if (parser.stack.length > limits.nesting) {
      return { refused: 'expected a flatter file; found too many levels', offset: parser.offset }
    }
  }
  tokens.push(...parser.end())
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  return { documents: [...composer.compose(tokens, true, text.length)] }
}

/** Anything outside c-printable of YAML 1.2 §5.1. */
const unprintable = /[^\t\n\r\u{20}-\u{7E}\u{85}\u{A0}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u

function placesIn(text: string): (offset: number, message: string) => TextProblem {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (const { index } of text.slice(0, limits.characters).matchAll(/\n/g)) lines.addNewLine(index + 1)
  return (offset, message) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, message }
  }
}

function unreadable(problems: TextProblem[]): YamlText {
  const first = problems[0] ?? { line: 1, column: 1 }
  return {
    value: undefined,
    problems,
    problemAt: (_path, _part, message) => ({ ...first, message }),
    bareText: () => undefined,
  }
}
