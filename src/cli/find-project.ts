import { Refusal } from '../core/refusal.ts'
import { readText } from './read-file.ts'

/** The file that holds a project's pipeline and environments. */
export const configurationFile = 'lockflight.yaml'

/** The nearest lockflight.yaml in a folder or above it, with its text. */
export function findConfiguration(folder: string): { file: string; text: string } | undefined {
  const file = `${folder.replace(/\/$/, '')}/${configurationFile}`
  const text = readText(file)
  if (text !== undefined) return { file, text }
  const above = folder.replace(/\/[^/]*$/, '') || '/'
  return above === folder ? undefined : findConfiguration(above)
}

/** The project the nearest lockflight.yaml names. */
export async function findProject(folder: string): Promise<string> {
  const found = findConfiguration(folder)
  if (!found) {
    throw new Refusal(
      'invalid',
      `expected --project, or a ${configurationFile} in ${folder} or above; found neither. Say --project <name>, or write the file with: lockflight init`,
    )
  }
  const project = onItsOwnLine.exec(found.text)?.[1] ?? (await projectIn(found.text))
  if (project !== undefined) return project
  throw new Refusal('invalid', `expected \`project: <name>\` in ${found.file}; found none`)
}

/** Saves loading the whole reader for nearly every file. */
const onItsOwnLine = /^project: ([a-z0-9-]+)$/m

async function projectIn(text: string): Promise<string | undefined> {
  const { readYaml } = await import('../core/yaml.ts')
  const yaml = readYaml(text)
  const { project } = (yaml.value ?? {}) as { project?: unknown }
  return typeof project === 'string' ? project : yaml.bareText(['project'])
}
