import type { StepDefinition } from '../core/pipeline.ts'
import type { RunJob } from '../core/run.ts'
import type { JobEvent } from '../core/runner.ts'

/** A part of what a log shows, and when it came. */
export interface TextPiece {
  at: Date
  text: string
}

/** Makes the text of one attempt out of its events, which come in order; the head of a step begins a line, also after output without a final line end. */
export function createJobText(steps: StepDefinition[]): (events: JobEvent[]) => TextPiece[] {
  let isInLine = false
  return (events) =>
    events.flatMap((event) => {
      const text = textOf(event, steps, isInLine)
      if (text === '') return []
      isInLine = !text.endsWith('\n')
      return [{ at: event.at, text }]
    })
}

/** The first line of an attempt that is not the first: why there is another one. */
export function attemptHead({ state, attempt, reason }: RunJob): string {
  const why = state === 'failed' ? `failed: ${reason.replaceAll(/\s*\n\s*/g, ' ')}` : 'was cut off with its worker'
  return `== attempt ${attempt + 1}: attempt ${attempt} ${why}\n`
}

function textOf(event: JobEvent, steps: StepDefinition[], isInLine: boolean): string {
  if (event.kind === 'output') return event.text
  const step = event.kind === 'step-started' ? steps[event.step] : undefined
  return step ? `${isInLine ? '\n' : ''}== ${step.name ?? (step.run.split('\n')[0] || '')}\n` : ''
}
