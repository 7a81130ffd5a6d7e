import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Inspection } from '../core/deployer.ts'
import { durationWithin, seconds, timeLimit } from '../core/duration.ts'
import type { Outside } from '../core/gate.ts'
import type { HttpAnswer } from '../core/http-request.ts'
import { outsideUrl } from '../core/outside-url.ts'
import { Refusal } from '../core/refusal.ts'
import type { Verification, VerificationResult } from '../core/verification.ts'

const maxBytes = 1 << 20

/** Settings of the `http` verification. */
export const httpConfig = z.strictObject({
  path: z
    .string()
    .regex(/^\/[!"$-~]*$/, 'expected a path such as /healthz')
    .default('/'),
  url: outsideUrl
    .regex(/^https?:\/\/[^\s/?#]+$/, 'expected an address without a path, such as https://example.org')
    .optional()
    .describe(
      'Where to ask, an address that gates may ask too; when absent, the address of the release itself: the new one while it stands beside the live one',
    ),
  status: z.int().min(100).max(599).default(200),
  contains: z.string().min(1).optional().describe('Text that the body (UTF-8, at most 1 MiB of it) must contain'),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header'), z.string())
    .default({})
    .describe('Headers the answer must carry, with exactly these values'),
  attempts: z.int().min(1).max(1000).default(5).describe('It passes when one attempt passes'),
  interval: durationWithin('0s', '1d').default('1s').describe('Time between two attempts'),
  timeout: timeLimit.default('5s').describe('Time for one attempt'),
})
type HttpConfig = z.infer<typeof httpConfig>

/** Asks the deployed service and looks at its answer; redirects are an answer and not followed. */
export function createHttpVerification({ outside }: { outside: Pick<Outside, 'http'> }): Verification<HttpConfig> {
  return {
    config: httpConfig,
    async check(config, _, where) {
      const base = config.url ?? baseOf(where)
      if (base === null)
        return { outcome: 'fail', reason: 'nothing answers there: the deployer knows no address to ask' }
      const url = `${base.replace(/\/$/, '')}${config.path}`
      for (let attempt = 1; ; attempt++) {
        const result = await ask(url, config, outside)
        if (result.outcome === 'pass' || attempt >= config.attempts) return after(attempt, result)
        await sleep(seconds(config.interval) * 1000)
      }
    },
  }
}

/** A started release that is not live yet is the one to check. */
function baseOf({ url, candidateUrl }: Inspection): string | null {
  return candidateUrl ?? url
}

async function ask(url: string, config: HttpConfig, { http }: Pick<Outside, 'http'>): Promise<VerificationResult> {
  const timeoutSeconds = seconds(config.timeout)
  const deployed = config.url === undefined
  try {
    const answer = await http({ method: 'GET', url, timeoutSeconds, maxBytes, cut: true, deployed })
    const wrong = differences(config, answer)
    if (wrong.length === 0) return { outcome: 'pass', reason: `GET ${url} answered ${answer.status}` }
    return { outcome: 'fail', reason: `GET ${url}: ${wrong.join('; ')}` }
  } catch (error) {
    // The contract of a verification: a check that cannot be made is a fail.
    if (error instanceof Refusal) return { outcome: 'fail', reason: error.message }
    throw error
  }
}

function differences({ status, headers, contains }: HttpConfig, answer: HttpAnswer): string[] {
  const wrong: string[] = []
  const body = Buffer.from(answer.body).toString('utf8')
  if (answer.status !== status) wrong.push(`expected status ${status}, found ${answer.status}`)
  for (const [name, expected] of Object.entries(headers)) {
    const found = answer.headers[name.toLowerCase()]
    if (found !== expected) {
      wrong.push(`expected ${name}: ${expected}, found ${found === undefined ? 'none' : shown(found)}`)
    }
  }
  if (contains !== undefined && !body.includes(contains)) {
    wrong.push(`expected a body with ${shown(contains)}, found ${shown(body)}`)
  }
  return wrong
}

function after(attempts: number, { outcome, reason }: VerificationResult): VerificationResult {
  return { outcome, reason: attempts === 1 ? reason : `${reason} (attempt ${attempts})` }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}
