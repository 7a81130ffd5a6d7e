import { readFile } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import { command } from '../command.ts'
import { findConfiguration } from '../find-project.ts'
import { readGiven } from '../read-given.ts'
import { evidenceText } from '../views/reports-view.ts'

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
  async run(context, { release, file: names, as: format, root }) {
    const { folder } = context
    const project = await context.project()
    const files = []
    for (const name of names) {
      const bytes = await readGiven({ what: 'a report', name, folder }, (path) => readFile(path))
      const content = bytes.toString('base64')
      files.push({ path: nameOf(name, folder), ...(format !== undefined && { format }), content })
    }
    const input = {
      project,
      release,
      files,
      root: root === undefined ? repositoryOf(folder) : resolve(folder, root),
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

/** Below the current folder a file is called by its path there, elsewhere by its name. */
function nameOf(file: string, folder: string): string {
  const path = relative(folder, resolve(folder, file))
  return path.startsWith('..') ? basename(path) : path
}

function repositoryOf(folder: string): string {
  const found = findConfiguration(folder)
  return found ? dirname(found.file) : folder
}
