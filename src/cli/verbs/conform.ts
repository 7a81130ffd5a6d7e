import { createInterface } from 'node:readline'
import type { ConformanceCase, ConformanceVerdict } from '../../core/conformance.ts'
import { Refusal } from '../../core/refusal.ts'
import { parseStrictJson } from '../../core/strict-json.ts'
import { command, type Command } from '../command.ts'
import type { Context } from '../context.ts'
import { exitCodes, type ExitCode } from '../exit-code.ts'
import { conformCases } from './conform-cases.ts'
import { readInput } from '../read-input.ts'

/** The command for one kind of case: it prints one line of JSON and ends with 0 when the case is accepted, with 1 when it is refused. */
export function conformCommand(name: keyof typeof conformCases): Command {
  const { arguments: takes, options, read } = conformCases[name]
  return {
    arguments: takes,
    options,
    async run(context: Context, input: never): Promise<ExitCode> {
      const verdict = await context.parts.conform(read(input))
      say(verdict)
      return verdict.verdict === 'accepted' ? exitCodes.ok : exitCodes.failed
    },
  }
}

/** Decides many cases in one process: arrays of arguments come in as lines of JSON, one verdict goes out for each. */
export const conformBatch = command({
  options: { batch: { says: 'read cases from standard input, each as a JSON array of arguments' } },
  async run(context, { batch }) {
    if (!batch) {
      throw new Refusal('invalid', `expected one of ${Object.keys(conformCases).join(', ')}, or --batch`, {
        reason: 'usage',
      })
    }
    let code: ExitCode = exitCodes.ok
    for await (const line of createInterface({ input: process.stdin })) {
      const verdict = await verdictOrFailure(() => context.parts.conform(caseOf(line)))
      if (verdict.verdict === 'failed') code = exitCodes.usage
      say(verdict)
    }
    return code
  },
})

/** The cases after it are still to be answered. */
async function verdictOrFailure(decide: () => Promise<ConformanceVerdict>): Promise<ConformanceVerdict> {
  try {
    return await decide()
  } catch (error) {
    if (error instanceof Refusal) return { verdict: 'failed', reason: error.reason, detail: error.message }
    throw error
  }
}

function caseOf(line: string): ConformanceCase {
  const argv = parseStrictJson(line)
  if (!Array.isArray(argv) || !argv.every((word) => typeof word === 'string')) {
    throw new Refusal('invalid', `expected a JSON array of texts; found ${line.slice(0, 80)}`, { reason: 'usage' })
  }
  const [name = '', ...rest] = argv
  const found = Object.hasOwn(conformCases, name) ? conformCases[name as keyof typeof conformCases] : undefined
  if (!found) {
    throw new Refusal('invalid', `expected one of ${Object.keys(conformCases).join(', ')}; found ${name}`, {
      reason: 'usage',
    })
  }
  return found.read(readInput(found, rest, `conform ${name}`) as never)
}

function say(verdict: ConformanceVerdict): void {
  process.stdout.write(`${JSON.stringify(verdict)}\n`)
}
