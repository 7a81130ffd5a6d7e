import { command } from '../command.ts'
import { configurationToRead } from '../configuration-to-read.ts'

/** Checks a file against everything this version knows; nothing is sent anywhere. */
export const validate = command({
  arguments: { file: { says: 'by default the nearest lockflight.yaml', optional: true } },
  async run(context, { file }) {
    const { text, shownAs, files } = await configurationToRead(context, file)
    const { project, pipeline, environments } = await context.parts.readConfiguration(text, shownAs, files)
    const jobs = Object.keys(pipeline?.jobs ?? {})
    context.show({ valid: true, project, jobs, environments: Object.keys(environments) }, (answer, { paint }) => {
      const counts = `${answer.jobs.length} jobs, ${answer.environments.length} environments`
      return `${paint('green', '✓')} ${shownAs} is valid: project ${project}, ${counts}`
    })
  },
})
