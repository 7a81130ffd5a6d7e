import { readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import type { Context } from './context.ts'
import { configurationFile, findConfiguration } from './find-project.ts'
import { readText } from './read-file.ts'
import { readGiven } from './read-given.ts'

/** A configuration as it is sent: with the texts of the files beside it that it names. */
interface ConfigurationText {
  text: string
  /** The name its problems are told under. */
  shownAs: string
  files: Record<string, string>
}

/** The text of the given file, or of the nearest lockflight.yaml, with what it names. */
export async function configurationToRead({ folder }: Context, given: string | undefined): Promise<ConfigurationText> {
  const found = given === undefined ? findConfiguration(folder) : await read(given, folder)
  if (!found) {
    const message = `expected a ${configurationFile} in ${folder} or above; found none. Write one with: lockflight init`
    throw new Refusal('invalid', message)
  }
  const { text, file } = found
  return { text, shownAs: relative(folder, file) || file, files: await textsNamedIn(text, dirname(file)) }
}

async function read(name: string, folder: string): Promise<{ file: string; text: string }> {
  return readGiven({ what: 'a configuration', name, folder }, async (file) => {
    return { file, text: await readFile(file, 'utf8') }
  })
}

async function textsNamedIn(text: string, folder: string): Promise<Record<string, string>> {
  // Saves loading the reader for nearly every configuration.
  if (!/slo-file|root-file/.test(text)) return {}
  const [{ readYaml }, { filesNamedIn }] = await Promise.all([
    import('../core/yaml.ts'),
    import('../core/named-files.ts'),
  ])
  // One that is missing, or leaves the folder, is told with its place when the configuration is checked.
  const { insidePath } = await import('../core/names.ts')
  const names = filesNamedIn(readYaml(text).value).filter((name) => insidePath.safeParse(name).success)
  return Object.fromEntries(
    names.flatMap((name) => {
      const content = readText(join(folder, name))
      return content === undefined ? [] : [[name, content]]
    }),
  )
}
