import { z } from 'zod'
import { readAnswer } from '../core/answer.ts'
import { durationWithin } from '../core/duration.ts'
import type { CommandResult, Subject, VerdictInput } from '../core/gate.ts'
import { variableName } from '../core/names.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import { defineGate } from './define-gate.ts'
import { gateAnswer, inWordsOf, type GateAnswer } from './gate-answer.ts'

const bounded = durationWithin('1s', '1d')

const config = z.strictObject({
  run: z
    .string()
    .min(1)
    .describe(
      'A script for bash. Exit code 0: pass, 10: not yet, anything else: fail. $LOCKFLIGHT_* say about what; JSON written to $LOCKFLIGHT_ANSWER may say more: reason, expected, observed, unblock, links, recheckAfter or recheckAt',
    ),
  env: z.record(variableName, z.string()).optional().describe('More environment variables'),
  recheck: bounded.default('5m').describe('How soon to ask again when it did not pass'),
})

const exitCodes = { pass: 0, wait: 10 }

/** A script decides. What it cannot say clearly is an error, and never a pass. */
export const command = defineGate({
  config,
  evidence: z.strictObject({
    exitCode: z.int().min(0).max(255),
    output: z.string(),
    answer: gateAnswer.nullable(),
    /** Why the answer could not be read. */
    problem: z.string().nullable(),
  }),
  reads: 'outside',
  maxAgeSeconds: 300,

  async observe({ run, env }, subject, { outside, timeoutSeconds }) {
    const result = await outside.command(run, { ...env, ...variables(subject) }, timeoutSeconds)
    return { exitCode: result.exitCode, output: result.output.toWellFormed(), ...answered(result) }
  },

  judge({ recheck }, { exitCode, output, answer: given, problem }, { at }) {
    const outcome = outcomeOf(exitCode, problem)
    const lastLine = oneLine(output.trimEnd().split('\n').at(-1) ?? '', 2000)
    const usual = {
      outcome,
      reason: lastLine || `the command ended with exit code ${exitCode}`,
      expected: 'exit code 0',
      observed: `exit code ${exitCode}`,
      unblock: 'what the command asks for',
    }
    return inWordsOf(problem === null ? (given ?? {}) : { reason: problem }, usual, { recheck, at })
  },
})

function variables({ project, environment, promotion, release }: Subject): Record<string, string> {
  return {
    LOCKFLIGHT_PROJECT: project,
    LOCKFLIGHT_ENVIRONMENT: environment,
    LOCKFLIGHT_PROMOTION: promotion.id,
    LOCKFLIGHT_CLASS: promotion.class,
    LOCKFLIGHT_REQUESTED_BY: promotion.requestedBy,
    LOCKFLIGHT_RELEASE: release.digest,
    LOCKFLIGHT_VERSION: release.version,
    LOCKFLIGHT_REPOSITORY: release.source.repository,
    LOCKFLIGHT_COMMIT: release.source.commit,
    LOCKFLIGHT_BRANCH: release.source.branch ?? '',
  }
}

function answered({ answer: text }: CommandResult): { answer: GateAnswer | null; problem: string | null } {
  try {
    return { answer: readAnswer(text, gateAnswer), problem: null }
  } catch (error) {
    if (error instanceof Refusal) return { answer: null, problem: oneLine(error.message, 1000) }
    throw error
  }
}

function outcomeOf(exitCode: number, problem: string | null): VerdictInput['outcome'] {
  if (problem !== null) return 'error'
  if (exitCode === exitCodes.pass) return 'pass'
  return exitCode === exitCodes.wait ? 'wait' : 'fail'
}
