import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import type { Context } from './context.ts'
import { configurationFile, findConfiguration } from './find-project.ts'

/** The text of the given file, or of the nearest lockflight.yaml, and the name its problems are told under. */
export async function configurationToRead(
  { folder }: Context,
  given: string | undefined,
): Promise<{ text: string; shownAs: string }> {
  const found = given === undefined ? findConfiguration(folder) : await read(resolve(folder, given))
  if (!found) {
    const message = `expected a ${configurationFile} in ${folder} or above; found none. Write one with: lockflight init`
    throw new Refusal('invalid', message)
  }
  return { text: found.text, shownAs: relative(folder, found.file) || found.file }
}

async function read(file: string): Promise<{ file: string; text: string }> {
  try {
    return { file, text: await readFile(file, 'utf8') }
  } catch (error) {
    throw new Refusal('invalid', `cannot read the configuration: ${(error as Error).message}`, { cause: error })
  }
}
