import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { configurationToRead } from '../configuration-to-read.ts'
import { exitCodes } from '../exit-code.ts'
import { confirm } from '../prompt.ts'
import { differenceText, previewText } from '../views/difference-view.ts'

/** Registers the nearest lockflight.yaml, after showing what changes and asking. */
export const apply = command({
  arguments: { file: { says: 'by default the nearest lockflight.yaml', optional: true } },
  options: {
    'dry-run': { says: 'only show what would change' },
    yes: { says: 'do not ask' },
  },
  async run(context, { file: given, dryRun, yes }) {
    const { text, shownAs: file } = await configurationToRead(context, given)
    const { project } = await context.parts.readConfiguration(text, file)
    const send = (only: { dryRun: boolean }) =>
      context.ask((client) => client.applyRevision({ project, text, file, ...only }))
    const preview = await send({ dryRun: true })
    if (dryRun || !preview.changed) return context.show(preview, previewText)
    if (!yes) {
      if (!context.isInteractive()) {
        throw new Refusal(
          'invalid',
          'expected --yes or --dry-run, as there is no terminal to ask at; nothing was applied',
        )
      }
      context.say(differenceText(preview, context.look))
      if (!(await confirm(`Make this revision ${preview.number} of ${project}?`))) {
        context.say('nothing was applied')
        return exitCodes.failed
      }
    }
    const applied = await send({ dryRun: false })
    context.show(applied, (answer, look) =>
      yes ? differenceText(answer, look) : look.paint('green', `✓ revision ${answer.number} is in force`),
    )
  },
})
