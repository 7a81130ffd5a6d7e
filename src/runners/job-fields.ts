import { lostInSteps } from '../core/job-variable.ts'
import type { StepDefinition } from '../core/pipeline.ts'
import { Refusal } from '../core/refusal.ts'
import { preparation } from './steps-command.ts'

/** What a job is made of when it starts. */
export interface JobFields {
  token: string
  variables: Record<string, string>
  steps: StepDefinition[]
}

/** A job as steps.bash reads it: every value is a field of its own that ends in NUL, so that none is ever parsed. */
export function jobFields({ token, variables, steps }: JobFields): string {
  const fields = [
    preparation,
    token,
    ...assignments(variables),
    ...steps.flatMap((step) => [
      step.run,
      step['allow-failure'] ? 'yes' : '',
      step['working-directory'] ?? '',
      ...assignments(step.env ?? {}),
    ]),
  ]
  if (fields.some((field) => field.includes('\0'))) {
    throw new Refusal(
      'invalid',
      'the steps, variables and secrets of a job: expected text without NUL, found one with it',
    )
  }
  return fields.map((field) => `${field}\0`).join('')
}

/** Their number, then each as NAME=value. */
function assignments(variables: Record<string, string>): string[] {
  const entries = Object.entries(variables)
  for (const [name] of entries) {
    const why = lostInSteps(name)
    if (why !== undefined) throw new Refusal('invalid', `variable ${name}: ${why}; choose another name`)
  }
  return [String(entries.length), ...entries.map(([name, value]) => `${name}=${value}`)]
}
