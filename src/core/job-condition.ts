import { Environment } from '@marcbachmann/cel-js'
import { celLimits, linearFunctions, readCel, type CelLanguage } from './cel.ts'

/** What a job's `if` may look at. */
export interface ConditionFacts {
  branch: string
  commit: string
  needs: Record<string, { outputs: Record<string, string> }>
}

const language: CelLanguage = {
  environment: new Environment({ limits: celLimits })
    .registerVariable('branch', 'string')
    .registerVariable('commit', 'string')
    .registerVariable('needs', 'map'),
  functions: linearFunctions,
  expected: 'a condition over branch, commit and needs',
}

/** Reads a job's `if`, a CEL expression (cel.dev); refuses with `invalid` what cannot be evaluated to true or false. The function it returns refuses too, when what it asks for is not there. */
export function readCondition(text: string): (facts: ConditionFacts) => boolean {
  return readCel(text, language).holds
}

/** The facts that a job's `if` looks at, each as the names that lead there; refuses as `readCondition` does. */
export function factsOfCondition(text: string): string[][] {
  return readCel(text, language).looksAt
}
