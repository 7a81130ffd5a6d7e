import { readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { configurationFile } from '../find-project.ts'
import { readJson, readText } from '../read-file.ts'
import { starterText } from '../starter.ts'
import { startingPoint, type Repository } from '../starting-point.ts'

/** Writes a lockflight.yaml that fits what is in the folder; never over one that is there. */
export const init = command({
  async run({ folder, parts, show }) {
    const guess = startingPoint(await lookAt(folder))
    const text = starterText(guess)
    await parts.readConfiguration(text, configurationFile)
    const file = join(folder, configurationFile)
    try {
      await writeFile(file, text, { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      throw new Refusal('conflict', `${file} is already there; nothing was written`)
    }
    show({ file, project: guess.project, because: guess.because }, ({ because }, { paint }) => {
      const next = 'read it, correct it, commit it, then: lockflight apply'
      return `${paint('green', '✓')} wrote ${configurationFile} for project ${guess.project}, after looking at ${because}\n${next}`
    })
  },
})

async function lookAt(folder: string): Promise<Repository> {
  const files = await readdir(folder)
  return {
    folder: basename(folder),
    files,
    packageJson: readJson(join(folder, 'package.json')) as NonNullable<Repository['packageJson']> | undefined,
    makefile: readText(join(folder, 'Makefile')),
  }
}
