import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { findConfiguration } from '../find-project.ts'
import { evidenceText } from '../views/reports-view.ts'

const { readFileSync } = process.getBuiltinModule('node:fs')
const { relative, resolve, basename, dirname } = process.getBuiltinModule('node:path')

/** Hands in reports that another CI made; each is sent as it is and read by the server. */
export const addEvidence = command({
  arguments: {
    release: { says: 'a version or digest' },
    file: { says: 'report files', many: true },
  },
  options: {
    as: { value: 'format', says: 'their format; recognized from the content when absent' },
    root: {
      value: 'folder',
      says: 'where the repository lay when they were made; by default where lockflight.yaml is',
    },
  },
  async run(context, { release, file: files, as: format, root }) {
    const project = await context.project()
    const input = {
      project,
      release,
      files: files.map((file) => ({
        path: nameOf(file, context.folder),
        ...(format !== undefined && { format }),
        content: read(file, context.folder).toString('base64'),
      })),
      root: root === undefined ? repositoryOf(context.folder) : resolve(context.folder, root),
    }
    context.show(await context.ask((client) => client.addEvidence(input)), evidenceText)
  },
})

/** Lists what came in about a release, from its own run and from elsewhere. */
export const listEvidence = command({
  arguments: { release: { says: 'a version or digest' } },
  async run(context, { release }) {
    const project = await context.project()
    context.show(await context.ask((client) => client.listEvidence({ project, release })), evidenceText)
  },
})

function read(file: string, folder: string): Buffer {
  try {
    return readFileSync(resolve(folder, file))
  } catch (error) {
    throw new Refusal('invalid', `expected a report at ${file}; ${(error as Error).message}`, { cause: error })
  }
}

/** Below the current folder a file is called by its path there, elsewhere by its name. */
function nameOf(file: string, folder: string): string {
  const path = relative(folder, resolve(folder, file))
  return path.startsWith('..') ? basename(path) : path
}

function repositoryOf(folder: string): string {
  const found = findConfiguration(folder)
  return found ? dirname(found.file) : folder
}
