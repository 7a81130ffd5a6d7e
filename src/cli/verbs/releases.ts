import { command } from '../command.ts'
import { limit, wholeNumber } from '../whole-number.ts'
import { releasesText, releaseText } from '../views/release-view.ts'

/** Lists the newest releases. */
export const listReleases = command({
  options: { limit },
  async run(context, { limit: most }) {
    const query = { project: await context.project(), limit: wholeNumber('--limit', most) }
    context.show(await context.ask((client) => client.listReleases(query)), releasesText)
  },
})

/** Shows one release with all that is known about it. */
export const showRelease = command({
  arguments: { release: { says: 'a version or digest' } },
  async run(context, { release }) {
    const project = await context.project()
    context.show(await context.ask((client) => client.getRelease({ project, release })), releaseText)
  },
})
