import type pg from 'pg'
import type { Refusal } from '../core/refusal.ts'
import { gather } from './gather.ts'
import { refusalOf } from './refusals.ts'

const isSql = Symbol('sql')

/** SQL with its values beside it; only the database ever joins them. */
export interface Sql {
  [isSql]: true
  texts: string[]
  values: unknown[]
}

/** A statement or a piece of one. Whatever is put into the template is bound as a value, unless it is itself such a piece. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  const [first = '', ...rest] = strings
  const whole: Sql = { [isSql]: true, texts: [first], values: [] }
  values.forEach((value, index) => {
    const { texts, values: bound }: Sql = isPiece(value) ? value : { [isSql]: true, texts: ['', ''], values: [value] }
    const [head = '', ...tail] = texts
    whole.texts.push(`${whole.texts.pop()}${head}`, ...tail)
    whole.values.push(...bound)
    whole.texts.push(`${whole.texts.pop()}${rest[index]}`)
  })
  return whole
}

function isPiece(value: unknown): value is Sql {
  return typeof value === 'object' && value !== null && isSql in value
}

/** A JSON value as a parameter; without this the driver would turn an array into a PostgreSQL array. */
export function json(value: unknown): string {
  return JSON.stringify(value)
}

/** What may be done in one transaction; it happens in the order of the calls, whether or not one waits for the answers. */
export interface Session {
  many: <Row>(statement: Sql) => Promise<Row[]>
  /** The first row. */
  one: <Row>(statement: Sql) => Promise<Row | null>
  /** How many rows it changed. */
  change: (statement: Sql) => Promise<number>
  /** Sends it and goes on, which saves a round trip; `settle` tells how it went. The refusal is for when it changes nothing. */
  write: (statement: Sql, ifNothing?: () => Refusal) => void
  /** The same for a statement that comes as text from elsewhere. */
  writeText: (text: string, values: unknown[]) => void
  /** Waits for all that was written; throws what went wrong first. */
  settle: () => Promise<void>
  /** Makes every later use throw: what comes after the end of a transaction would not be part of it. */
  end: () => void
}

/** Statements on that connection; each is prepared there once. What the database refuses becomes a refusal where people can act on it. */
export function sessionOf(client: pg.ClientBase): Session {
  let ended = false
  const written: Promise<unknown>[] = []
  const demandOpen = () => {
    if (ended) throw new Error('this transaction has ended')
  }
  const run = async (text: string, values: unknown[]) => {
    demandOpen()
    gather(client)
    try {
      return await client.query({ name: nameOf(text), text, values })
    } catch (error) {
      throw refusalOf(error) ?? error
    }
  }
  const result = ({ texts, values }: Sql) =>
    run(
      texts.reduce((text, next, index) => `${text}$${index}${next}`),
      values,
    )
  const remember = (start: () => Promise<unknown>) => {
    demandOpen()
    const writing = start()
    // Unheard until it is settled, but not unhandled.
    writing.catch(() => undefined)
    written.push(writing)
  }
  const demandChange = async (statement: Sql, ifNothing: (() => Refusal) | undefined) => {
    const { rowCount } = await result(statement)
    if (rowCount === 0 && ifNothing) throw ifNothing()
  }
  return {
    write: (statement, ifNothing) => remember(() => demandChange(statement, ifNothing)),
    writeText: (text, values) => remember(() => run(text, values)),
    async settle() {
      for (const writing of written) await writing
    },
    end: () => {
      ended = true
    },
    many: async (statement) => (await result(statement)).rows,
    one: async (statement) => (await result(statement)).rows[0] ?? null,
    change: async (statement) => (await result(statement)).rowCount ?? 0,
  }
}

const names = new Map<string, string>()

/** Texts are put together from templates in this code only, so there are few of them. */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known) return known
  const name = `lockflight_${names.size}`
  names.set(text, name)
  return name
}
