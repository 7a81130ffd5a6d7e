import { Refusal } from './refusal.ts'

const limitCharacters = 8192

/** Reads what a script wrote to $LOCKFLIGHT_ANSWER: one `key=value` a line, each known key at most once. Refuses everything else, so a misspelt key is not lost. */
export function readAnswer<Key extends string>(text: string, keys: readonly Key[]): Partial<Record<Key, string>> {
  if (text.length > limitCharacters) refuse(`at most ${limitCharacters} characters`, `${text.length}`)
  const answer: Partial<Record<Key, string>> = {}
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const split = line.indexOf('=')
    const key = keys.find((known) => known === line.slice(0, split))
    if (split < 0 || !key) return refuse(`lines of ${keys.map((known) => `${known}=…`).join(', ')}`, shown(line))
    if (answer[key] !== undefined) return refuse(`${key} once`, `it twice, the second time as ${shown(line)}`)
    answer[key] = line.slice(split + 1)
  }
  return answer
}

function refuse(expected: string, found: string): never {
  throw new Refusal('unprocessable', `expected $LOCKFLIGHT_ANSWER to hold ${expected}, found ${found}`, {
    reason: 'answer_invalid',
  })
}

function shown(line: string): string {
  return JSON.stringify(line.slice(0, 200))
}
