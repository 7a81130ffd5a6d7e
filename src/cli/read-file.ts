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

// oxlint-disable-next-line no-unnecessary-type-parameters -- the caller knows what was written
/** The JSON in a small file of this installation, taken for what its writer promises; undefined when there is no such file. */
export function readJson<Value>(file: string): Value | undefined {
  const text = readText(file)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Value
  } catch (error) {
    throw new Refusal('invalid', `expected JSON in ${file}; found this: ${(error as Error).message}`, { cause: error })
  }
}
