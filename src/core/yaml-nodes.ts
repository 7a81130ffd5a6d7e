import { isAlias, isMap, isScalar, isSeq, Scalar } from 'yaml'
import type { Document, Node, Pair, YAMLMap } from 'yaml'

/** Something wrong at an offset of the text. */
export interface OffsetProblem {
  offset: number
  message: string
}

const limits = { depth: 64, nodes: 50_000, aliases: 20 }

/** The document as plain data, and what in it is not plain data. Keys keep the text they were written with. */
export function toData(document: Document.Parsed): { value: unknown; problems: OffsetProblem[] } {
  const problems: OffsetProblem[] = []
  const refuse = (node: Node, message: string) => void problems.push({ offset: offset(node), message })
  const counted = { nodes: 0, aliases: 0 }

  const visit = (node: Node | null, around: Node[]): unknown => {
    if (!node) return null
    counted.nodes += 1
    if (counted.nodes > limits.nodes) return null
    if (around.length > limits.depth) return refuse(node, `expected at most ${limits.depth} levels; found more`)
    if (isAlias(node)) return visitAlias(node, around)
    if (node.tag !== undefined) return refuse(node, `expected plain data; found the tag ${node.tag}`)
    if (isMap<Node, Node | null>(node)) return visitMap(node, [...around, node])
    if (isSeq<Node | null>(node)) return node.items.map((item) => visit(item, [...around, node]))
    return isScalar(node) ? visitScalar(node) : null
  }

  const visitAlias = (node: Node & { resolve(document: Document): Node | undefined }, around: Node[]): unknown => {
    counted.aliases += 1
    if (counted.aliases > limits.aliases) {
      if (counted.aliases === limits.aliases + 1) refuse(node, `expected at most ${limits.aliases} aliases; found more`)
      return null
    }
    const target = node.resolve(document)
    if (!target || around.includes(target))
      return refuse(node, 'expected an alias of something that ended before; found a circle')
    return visit(target, around)
  }

  const visitMap = (map: YAMLMap<Node, Node | null>, around: Node[]): unknown => {
    const entries = new Map<string, unknown>()
    for (const { key, value } of map.items) {
      const name = keyText(key)
      const wrong = name === undefined ? 'expected a plain key; found something else' : wrongKey(key, name, entries)
      if (wrong) refuse(key ?? map, wrong)
      else entries.set(name as string, visit(value, around))
    }
    return Object.fromEntries(entries)
  }

  const visitScalar = (node: Scalar): unknown => {
    const { value } = node
    if (typeof value === 'string' && (!value.isWellFormed() || value.includes('\0'))) {
      return refuse(node, 'expected text; found a character that is none')
    }
    return value
  }

  const value = visit(document.contents, [])
  if (counted.nodes > limits.nodes)
    problems.push({ offset: 0, message: 'expected a simpler file; found too many parts' })
  return { value, problems }
}

/** The node a path of the value leads to; undefined when nothing is there. */
export function nodeAt(document: Document.Parsed, path: PropertyKey[]): Node | null | undefined {
  return path.reduce<Node | null | undefined>((node, name) => step(document, node, name)?.value, document.contents)
}

/** Where the thing at a path begins, or its key; for what is absent, the nearest thing around it. */
export function offsetOf(document: Document.Parsed, path: PropertyKey[], part: 'key' | 'value'): number {
  let node: Node | null | undefined = document.contents
  let nearest = node ? offset(node) : 0
  for (const [index, name] of path.entries()) {
    const found = step(document, node, name)
    if (!found) return nearest
    const { key, value }: { key?: Node; value: Node | null } = found
    const last = index === path.length - 1
    const shown = (last && part === 'value') || !key ? (value ?? key) : key
    if (shown) nearest = offset(shown)
    node = value
  }
  return nearest
}

function step(document: Document.Parsed, from: Node | null | undefined, name: PropertyKey) {
  const node = isAlias(from) ? from.resolve(document) : from
  if (isSeq<Node>(node)) {
    const value = node.items[Number(name)]
    return value === undefined ? undefined : { value }
  }
  if (!isMap<Node, Node | null>(node)) return undefined
  return pairsOf(node).get(String(name))
}

const indexes = new WeakMap<object, Map<string | undefined, Pair<Node, Node | null>>>()

/** A map's pairs by key, indexed once: a hostile file can hold a problem for each of its keys. */
function pairsOf(map: YAMLMap<Node, Node | null>) {
  const known = indexes.get(map)
  if (known) return known
  const index = new Map(map.items.toReversed().map((pair) => [keyText(pair.key), pair]))
  indexes.set(map, index)
  return index
}

function keyText(key: Node | null): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined
  return typeof key.value === 'string' ? key.value : key.source
}

function wrongKey(key: Node, name: string, before: Map<string, unknown>): string | undefined {
  if (isScalar(key) && key.tag !== undefined) return `expected plain data; found the tag ${key.tag}`
  if (name === '<<') return 'expected no merge key; found <<'
  if (name === '__proto__' || !name.isWellFormed() || name.includes('\0'))
    return `expected another key; found ${name === '__proto__' ? name : 'one that is not text'}`
  if (before.has(name)) return `expected each key once; found ${name} again`
  return undefined
}

function offset(node: Node): number {
  return node.range?.[0] ?? 0
}
