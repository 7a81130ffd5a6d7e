import { parse } from 'yaml'
import { Refusal } from '../../src/core/refusal.ts'
import { readConfiguration, testPolicy } from '../../src/slots.ts'
import { blocks, type Block, type Page } from './markdown.ts'

const ofFile = new Set(['project', 'pipeline', 'environments', 'freezes', 'registries'])

/** What is wrong with a piece of lockflight.yaml: a whole file, one of its sections, or the settings of one environment. */
export function configurationProblems({ text, at }: Block): string[] {
  const file = whole(text)
  try {
    readConfiguration(file, 'lockflight.yaml')
    return []
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.problems.map((problem) => `${at}: ${problem.at} ${problem.message}`)
  }
}

/** What is wrong with the policy tests of a page: each file of them is run against the configuration before it. */
export function policyTestProblems(page: Page): string[] {
  const pieces = blocks(page).filter(({ language }) => language === 'yaml')
  return pieces.flatMap((piece, index) => {
    if (!isPolicyTests(piece)) return []
    const before = pieces.slice(0, index).findLast((each) => !isPolicyTests(each))
    if (!before) return [`${piece.at}: expected a configuration before the tests of it`]
    const configuration = readConfiguration(whole(before.text), 'lockflight.yaml')
    const results = testPolicy(configuration, { text: piece.text, file: piece.at })
    return results.flatMap(({ name, problems }) => problems.map((problem) => `${piece.at}: ${name}: ${problem}`))
  })
}

/** True for a file of policy tests, which is no lockflight.yaml. */
export function isPolicyTests({ text }: Block): boolean {
  return Object.hasOwn((parse(text) as object | null) ?? {}, 'cases')
}

function whole(text: string): string {
  const keys = Object.keys((parse(text) as Record<string, unknown> | null) ?? {})
  if (keys.includes('project')) return text
  if (keys.some((key) => ofFile.has(key))) return `project: example\n${text}`
  const deploy = keys.includes('deploy') ? '' : "    deploy: { use: command, run: 'true' }\n"
  return `project: example\nenvironments:\n  example:\n${deploy}${text.replaceAll(/^(?=.)/gm, '    ')}`
}
