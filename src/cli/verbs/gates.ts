import { dirname, relative, resolve } from 'node:path'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { configurationToRead } from '../configuration-to-read.ts'
import { exitCodes } from '../exit-code.ts'
import { readText } from '../read-file.ts'
import { recordedCaseText } from '../views/evidence-view.ts'
import { policyTestsJunit, policyTestsText } from '../views/policy-test-view.ts'

const testsFile = 'lockflight.test.yaml'

/** Runs a team's tests of its own gates; no server is needed, and nothing is asked of the world. */
export const testGates = command({
  arguments: { file: { says: `the tests; by default ${testsFile} beside the configuration`, optional: true } },
  options: {
    config: { value: 'file', says: 'by default the nearest lockflight.yaml' },
    format: { value: 'format', choices: ['text', 'junit'], says: 'how to write the results', default: 'text' },
  },
  async run(context, { file: given, config, format }) {
    const { text, shownAs, files } = await configurationToRead(context, config)
    const configuration = await context.parts.readConfiguration(text, shownAs, files)
    const file =
      given === undefined ? resolve(context.folder, dirname(shownAs), testsFile) : resolve(context.folder, given)
    const tests = readText(file)
    const name = relative(context.folder, file) || file
    if (tests === undefined) {
      throw new Refusal(
        'invalid',
        `expected tests in ${name}; found no such file. Start one with: lockflight gates record <promotion>`,
      )
    }
    const results = await context.parts.testPolicy(configuration, { text: tests, file: name })
    context.show({ results }, format === 'junit' ? policyTestsJunit : policyTestsText)
    return results.every(({ problems }) => problems.length === 0) ? exitCodes.ok : exitCodes.failed
  },
})

/** Writes a promotion down as a case for `gates test`. */
export const recordGates = command({
  arguments: { promotion: { says: 'its id' } },
  async run(context, { promotion: id }) {
    const project = await context.project()
    const { stringify } = await import('yaml')
    context.show(await context.ask((client) => client.getEvidence({ project, id })), (evidence) =>
      recordedCaseText(evidence, (value) => stringify(value, { lineWidth: 0 })),
    )
  },
})
