import type { JobEvent } from '../core/runner.ts'
import { createLogCutter, type LogLimits } from './log-limits.ts'
import { createMasker } from './mask.ts'
import { createMarkReader } from './step-marks.ts'

/** What a log must know about its job. */
export interface StepLogOptions {
  token: string
  /** How many steps the job has. */
  steps: number
  /** What is masked. */
  secrets: string[]
  limits: LogLimits
}

/** Turns the bytes a job prints into events, and knows how far the job is. */
export interface StepLog {
  /** False while the job's place is still being prepared. */
  readonly begun: boolean
  /** The running step; the number of steps when all have finished. */
  readonly step: number
  /** What was printed before the job began: why it could not. */
  readonly complaint: string
  read(chunk: Buffer, at: Date): JobEvent[]
  /** The end of the job; a step that was running ended with it. */
  end(exitCode: number, at: Date): JobEvent[]
}

/** The log of one job from its first byte to its last. */
export function createStepLog({ token, steps, secrets, limits }: StepLogOptions): StepLog {
  const readMarks = createMarkReader(token)
  const masker = createMasker(secrets)
  const cutter = createLogCutter(limits)
  let decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let begun = false
  let step = 0
  let complaint = ''

  const output = (text: string, at: Date): JobEvent[] =>
    text === '' ? [] : [{ kind: 'output', step: Math.min(step, steps - 1), at, text }]

  const show = (text: string, at: Date): JobEvent[] => {
    // No store of text takes NUL.
    const visible = text.replaceAll('\0', '␀')
    if (begun) return output(cutter.push(masker.push(visible)), at)
    complaint = (complaint + visible).slice(-2000)
    return []
  }

  /** Everything a step printed is told before its end. */
  const showRest = (at: Date): JobEvent[] => {
    const tail = show(decoder.decode(), at)
    decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    return [...tail, ...output(cutter.push(masker.flush()) + cutter.endLine(), at)]
  }

  const started = (at: Date): JobEvent[] => (step < steps ? [{ kind: 'step-started', step, at }] : [])

  const finish = (exitCode: number, at: Date): JobEvent[] => {
    const events: JobEvent[] = [...showRest(at), { kind: 'step-finished', step, at, exitCode }]
    step += 1
    return [...events, ...started(at)]
  }

  const mark = (exitCode: number, at: Date): JobEvent[] => {
    // After the last step none is due: it is nobody's.
    if (begun) return step < steps ? finish(exitCode, at) : []
    begun = true
    complaint = ''
    return started(at)
  }

  return {
    get begun() {
      return begun
    },
    get step() {
      return step
    },
    get complaint() {
      return complaint
    },
    read: (chunk, at) =>
      readMarks(chunk).flatMap((piece) =>
        piece.kind === 'mark' ? mark(piece.exitCode, at) : show(decoder.decode(piece.bytes, { stream: true }), at),
      ),
    end: (exitCode, at) => {
      if (!begun) return []
      return step < steps ? [...showRest(at), { kind: 'step-finished', step, at, exitCode }] : showRest(at)
    },
  }
}
