import { parse } from 'yaml'
import { Refusal } from '../../src/core/refusal.ts'
import { readConfiguration } from '../../src/slots.ts'
import type { Block } from './markdown.ts'

const ofFile = new Set(['project', 'pipeline', 'environments'])

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

function whole(text: string): string {
  const keys = Object.keys((parse(text) as Record<string, unknown> | null) ?? {})
  if (keys.includes('project')) return text
  if (keys.some((key) => ofFile.has(key))) return `project: example\n${text}`
  const deploy = keys.includes('deploy') ? '' : "    deploy: { use: command, run: 'true' }\n"
  return `project: example\nenvironments:\n  example:\n${deploy}${text.replaceAll(/^(?=.)/gm, '    ')}`
}
