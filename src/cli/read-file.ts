import { Refusal } from '../core/refusal.ts'

// An `import` of node:fs evaluates all it exports, at 5 ms for every command.
const { readFileSync } = process.getBuiltinModule('node:fs')

/** The text of a small file; undefined when there is no such file. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The JSON in a small file; undefined when there is no such file. */
export function readJson(file: string): unknown {
  const text = readText(file)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Refusal('invalid', `expected JSON in ${file}; found this: ${(error as Error).message}`, { cause: error })
  }
}
