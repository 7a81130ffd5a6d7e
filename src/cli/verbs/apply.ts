import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { configurationToRead } from '../configuration-to-read.ts'
import { exitCodes } from '../exit-code.ts'
import { confirm } from '../prompt.ts'
import { appliedText, differenceText, inForceText, previewText, proposalText } from '../views/difference-view.ts'

/** Registers the nearest lockflight.yaml, after showing what changes and asking. */
export const apply = command({
  arguments: { file: { says: 'by default the nearest lockflight.yaml', optional: true } },
  options: {
    'dry-run': { says: 'only show what would change' },
    yes: { says: 'do not ask' },
  },
  async run(context, { file: given, dryRun, yes }) {
    const { text, shownAs: file, files } = await configurationToRead(context, given)
    const { project } = await context.parts.readConfiguration(text, file, files)
    // As it came: made printable, a change of what cannot be seen would be none.
    const client = await context.client()
    const send = (only: { dryRun: boolean }) => client.applyRevision({ project, text, file, files, ...only })
    const preview = await send({ dryRun: true })
    if (dryRun || !preview.changed) return context.show(preview, previewText)
    if (!yes) {
      context.say(differenceText(preview, context.look))
      if (!context.isInteractive()) {
        throw new Refusal(
          'invalid',
          'expected --yes or --dry-run, as there is no terminal to ask at; nothing was applied',
        )
      }
      if (!(await confirm(`Make this revision ${preview.number} of ${project}?`))) {
        context.say('nothing was applied')
        return exitCodes.failed
      }
    }
    const applied = await send({ dryRun: false })
    context.show(applied, (answer, look) =>
      yes ? `${differenceText(answer, look)}\n${appliedText(answer, look)}` : appliedText(answer, look),
    )
  },
})

/** Confirms the change that someone else proposed, after showing it and, unless its digest is given, asking. */
export const confirmProposal = command({
  arguments: {
    digest: { says: 'of the configuration; by default the one that is proposed, after asking', optional: true },
  },
  async run(context, { digest: given }) {
    const project = await context.project()
    // As it came, for the same reason as above.
    const { proposal } = await (await context.client()).getProposal({ project })
    if (!proposal) throw new Refusal('not_found', `nobody proposes a change of ${project}`)
    if (given !== undefined && given !== proposal.digest) {
      throw new Refusal('conflict', `expected ${proposal.digest}, which is what is proposed now; found ${given}`)
    }
    context.say(proposalText(proposal, context.look))
    if (given === undefined) {
      if (!context.isInteractive()) {
        throw new Refusal('invalid', `expected its digest, as there is no terminal to ask at; nothing was confirmed`)
      }
      if (!(await confirm(`Confirm this for ${project}?`))) {
        context.say('nothing was confirmed')
        return exitCodes.failed
      }
    }
    const request = { project, digest: proposal.digest }
    const confirmed = await context.ask((client) => client.confirmRevision(request))
    context.show(confirmed, inForceText)
  },
})
