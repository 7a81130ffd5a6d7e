import { canonical } from './digest.ts'

/** One thing that differs between two values; `before` or `after` is absent when it was added or removed. */
export interface Change {
  /** `environments.prod.gates[approval].count`: items of a list by their id, name or use, or by position. */
  path: string
  before?: unknown
  after?: unknown
}

/** What changed from one JSON value to another, in the order of the second; items that only moved within their list are told once, as the list's new order. */
export function difference(before: unknown, after: unknown, path = ''): Change[] {
  if (same(before, after)) return []
  const [old, now] = [parts(before), parts(after)]
  if (!old || !now || old.brackets !== now.brackets) return [change(path, before, after)]
  const names = new Set([...now.items.keys(), ...old.items.keys()])
  const changes = [...names].flatMap((name) =>
    difference(old.items.get(name), now.items.get(name), join(path, name, now.brackets)),
  )
  return changes.length > 0 ? changes : [{ path, before: [...old.items.keys()], after: [...now.items.keys()] }]
}

function same(before: unknown, after: unknown): boolean {
  if (before === undefined || after === undefined) return before === after
  return canonical(before) === canonical(after)
}

function change(path: string, before: unknown, after: unknown): Change {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
}

interface Parts {
  items: Map<string, unknown>
  /** Whether the path shows a part as `[name]`, as for a list. */
  brackets: boolean
}

function parts(value: unknown): Parts | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!Array.isArray(value)) return { items: new Map(Object.entries(value)), brackets: false }
  const names = value.map(nameOf)
  const named = names.every((name) => name !== undefined) && new Set(names).size === names.length
  return {
    items: new Map(value.map((item, index) => [named ? String(names[index]) : `${index}`, item])),
    brackets: true,
  }
}

function nameOf(item: unknown): string | undefined {
  const { id, name, use } = (item ?? {}) as Record<string, unknown>
  return [id, name, use].find((text) => typeof text === 'string')
}

function join(path: string, name: string, brackets: boolean): string {
  if (brackets) return `${path}[${name}]`
  return path === '' ? name : `${path}.${name}`
}
