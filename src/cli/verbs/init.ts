import { readdir, realpath, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { configurationFile } from '../find-project.ts'
import { readJson, readText } from '../read-file.ts'
import { repositoryTop } from '../repository-top.ts'
import { starterText } from '../starter.ts'
import { startingPoint, type Repository } from '../starting-point.ts'

/** Writes a lockflight.yaml that fits what is in the repository, at its top, where a run looks for it; never over one that is there. */
export const init = command({
  async run({ folder, parts, show }) {
    const repository = await repositoryTop(folder)
    const isTop = repository === null || repository === (await realpath(folder))
    const top = isTop ? folder : repository
    const guess = startingPoint(await lookAt(top))
    const text = starterText(guess)
    await parts.readConfiguration(text, configurationFile)
    const file = join(top, configurationFile)
    try {
      await writeFile(file, text, { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      throw new Refusal('conflict', `${file} is already there; nothing was written`)
    }
    show({ file, project: guess.project, because: guess.because, repository }, ({ project, because }, { paint }) => {
      const where = isTop ? configurationFile : `${file}, the top of this repository,`
      const written = `${paint('green', '✓')} wrote ${where} for project ${project}, after looking at ${because}`
      return [written, repository === null ? withoutRepository : next].join('\n')
    })
  },
})

const next = 'read it, correct it, commit it, then: lockflight apply'
const withoutRepository = `this folder is in no git repository, and a run builds a commit of one: make it one with git init
then read the file, correct it, commit it with the rest, and: lockflight apply`

async function lookAt(folder: string): Promise<Repository> {
  const files = await readdir(folder)
  return {
    folder: basename(folder),
    files,
    packageJson: readJson(join(folder, 'package.json')) as NonNullable<Repository['packageJson']> | undefined,
    makefile: readText(join(folder, 'Makefile')),
  }
}
