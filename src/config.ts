import { z } from 'zod'
import { readEgressRule, type EgressRule } from './core/egress-rule.ts'
import { homeOf, type Home } from './core/home.ts'
import { nearest } from './core/nearest.ts'
import { found } from './core/problem-text.ts'
import { Refusal, type Problem } from './core/refusal.ts'
import type { SignerSetting } from './core/signer-setting.ts'
import {
  readSinkSetting,
  readWitnessSetting,
  type SinkSetting,
  type SinkSettings,
  type WitnessSetting,
} from './core/sink-setting.ts'
import { webhookKey } from './core/standard-webhooks.ts'

/** How this process was told to behave; every setting has a default. */
export interface Config {
  home: Home
  /** Null: the PostgreSQL that comes along, in the home folder. */
  databaseUrl: string | null
  databaseConnections: number
  /** Go on although the database may lose what it has acknowledged. */
  databaseUnsafe: boolean
  /** Port 0: any that is free; also when the port was not chosen and is taken. */
  listen: { host: string; port: number; chosen: boolean }
  /** The name of the log in its checkpoints (C2SP tlog-checkpoint) and its key (C2SP signed-note). */
  origin: string
  /** This installation as the builder of releases: the `builder.id` of provenance. */
  builderId: string
  /** How many runs, and how many promotions, this process works on at a time. */
  runWorkers: number
  promotionWorkers: number
  /** The largest file that a release may have. */
  artifactBytes: number
  /** How long work may go on after the process was asked to stop. */
  graceSeconds: number
  signer: SignerSetting
  /** Addresses that gates may ask although they are this machine or otherwise closed. */
  reachable: EgressRule[]
  checkpoints: SinkSettings
}

const variables = z.object({
  LOCKFLIGHT_HOME: text(/^\//, 'an absolute path').optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'expected a URL such as postgresql://user@host/database; it is not shown here')
    .optional(),
  LOCKFLIGHT_DATABASE_CONNECTIONS: whole(2, 1000).default(20),
  LOCKFLIGHT_DATABASE_UNSAFE: text(/^(true|false)$/, 'true or false').default('false'),
  LOCKFLIGHT_LISTEN: text(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$/, 'host:port').optional(),
  LOCKFLIGHT_ORIGIN: text(/^[^\s+]{1,128}$/, 'a name without blanks or +').default('lockflight.localhost'),
  LOCKFLIGHT_BUILDER_ID: text(/^[a-z][a-z0-9+.-]*:\S+$/, 'a URI').default('https://lockflight.localhost/builder'),
  LOCKFLIGHT_RUN_WORKERS: whole(0, 1000).default(2),
  LOCKFLIGHT_PROMOTION_WORKERS: whole(0, 1000).default(16),
  LOCKFLIGHT_LARGEST_FILE_MIB: whole(1, 1_048_576).default(4096),
  LOCKFLIGHT_GRACE_SECONDS: whole(0, 86_400).default(30),
  LOCKFLIGHT_SIGNER: text(/^(local|(command|keyless):\/.+)$/, 'local, command:/path or keyless:/path').default('local'),
  LOCKFLIGHT_KEY_PASSPHRASE_FILE: text(/^\//, 'an absolute path').optional(),
  LOCKFLIGHT_KEY_PASSPHRASE: z.string().min(12, 'expected at least 12 characters; it is not shown here').optional(),
  LOCKFLIGHT_REACHABLE: z.string().transform(egressRules).optional(),
  LOCKFLIGHT_WITNESSES: z.string().transform(witnesses).optional(),
  LOCKFLIGHT_WITNESSES_NEEDED: whole(0, 100).default(0),
  LOCKFLIGHT_CHECKPOINT_SINKS: z.string().transform(sinks).optional(),
  LOCKFLIGHT_CHECKPOINT_SECRET: z.string().transform(webhookSecret).optional(),
  LOCKFLIGHT_CHECKPOINT_SECONDS: whole(0, 86_400).default(10),
})

/** Variables of the command line, which may be set beside ours. */
const others = ['LOCKFLIGHT_PROJECT', 'LOCKFLIGHT_SERVER', 'LOCKFLIGHT_TOKEN']

/** Reads the environment variables; refuses with every problem at once. */
export function readConfig(env: Record<string, string | undefined>, userFolder: string): Config {
  // Set but empty is how scripts say: not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const { data, error } = variables.safeParse(given)
  const wrong = (error?.issues ?? []).map(({ path, message }): Problem => ({ at: path.join('.'), message }))
  const problems = [...wrong, ...(data ? lacking(data) : []), ...misspelt(Object.keys(given))]
  if (!data || problems.length > 0) {
    const list = problems.map(({ at, message }) => `${at}: ${message}`)
    throw new Refusal('invalid', ['some environment variables are not right', ...list].join('\n'), { problems })
  }
  return {
    home: homeOf(data.LOCKFLIGHT_HOME, userFolder),
    databaseUrl: data.DATABASE_URL ?? null,
    databaseConnections: data.LOCKFLIGHT_DATABASE_CONNECTIONS,
    databaseUnsafe: data.LOCKFLIGHT_DATABASE_UNSAFE === 'true',
    listen: addressOf(data.LOCKFLIGHT_LISTEN),
    origin: data.LOCKFLIGHT_ORIGIN,
    builderId: data.LOCKFLIGHT_BUILDER_ID,
    runWorkers: data.LOCKFLIGHT_RUN_WORKERS,
    promotionWorkers: data.LOCKFLIGHT_PROMOTION_WORKERS,
    artifactBytes: data.LOCKFLIGHT_LARGEST_FILE_MIB * 1024 ** 2,
    graceSeconds: data.LOCKFLIGHT_GRACE_SECONDS,
    signer: signerOf(data),
    reachable: data.LOCKFLIGHT_REACHABLE ?? [],
    checkpoints: {
      witnesses: data.LOCKFLIGHT_WITNESSES ?? [],
      witnessesNeeded: data.LOCKFLIGHT_WITNESSES_NEEDED,
      sinks: data.LOCKFLIGHT_CHECKPOINT_SINKS ?? [],
      webhookKey: data.LOCKFLIGHT_CHECKPOINT_SECRET ?? null,
      gatherSeconds: data.LOCKFLIGHT_CHECKPOINT_SECONDS,
    },
  }
}

function text(pattern: RegExp, what: string) {
  return z.string().regex(pattern, { error: ({ input }) => `expected ${what}; found ${found(input)}` })
}

function whole(least: number, most: number) {
  const what = `a whole number from ${least} to ${most}`
  return text(/^[0-9]{1,9}$/, what)
    .transform(Number)
    .refine((number) => number >= least && number <= most, {
      error: ({ input }) => `expected ${what}; found ${found(input)}`,
    })
}

function egressRules(given: string, context: z.RefinementCtx): EgressRule[] {
  return given.split(',').flatMap((each) => {
    const rule = readEgressRule(each.trim())
    if (rule) return [rule]
    const expected = 'expected addresses such as 127.0.0.1:9090,10.0.0.0/8,[::1]:9090'
    context.addIssue({ code: 'custom', message: `${expected}; found ${found(each)}` })
    return []
  })
}

function witnesses(given: string, context: z.RefinementCtx): WitnessSetting[] {
  return settings(given.split(','), readWitnessSetting, context)
}

function sinks(given: string, context: z.RefinementCtx): SinkSetting[] {
  return settings(given.trim().split(/\s+/), readSinkSetting, context)
}

function settings<Setting extends object>(
  given: string[],
  read: (one: string) => Setting | { problem: string },
  context: z.RefinementCtx,
): Setting[] {
  return given.flatMap((one) => {
    const setting = read(one)
    if (!('problem' in setting)) return [setting]
    // An address may hold a password.
    context.addIssue({ code: 'custom', message: `${setting.problem}; what was found is not shown here` })
    return []
  })
}

function webhookSecret(given: string, context: z.RefinementCtx): Uint8Array {
  const key = webhookKey(given)
  if (key) return key
  context.addIssue({ code: 'custom', message: 'expected whsec_ and 24 to 64 bytes in base64; it is not shown here' })
  return z.NEVER
}

function lacking(data: z.output<typeof variables>): Problem[] {
  const { LOCKFLIGHT_WITNESSES: all = [], LOCKFLIGHT_WITNESSES_NEEDED: needed } = data
  const calls = data.LOCKFLIGHT_CHECKPOINT_SINKS?.some(({ use }) => use === 'webhook') ?? false
  return [
    ...(needed > all.length
      ? [
          {
            at: 'LOCKFLIGHT_WITNESSES_NEEDED',
            message: `expected at most ${all.length}, as many as there are; found ${needed}`,
          },
        ]
      : []),
    ...(calls && data.LOCKFLIGHT_CHECKPOINT_SECRET === undefined
      ? [{ at: 'LOCKFLIGHT_CHECKPOINT_SECRET', message: 'expected a secret to sign the webhook with; found nothing' }]
      : []),
  ]
}

/** A misspelt variable must not mean that its default holds. Names far from all of ours may be those of a job we run in. */
function misspelt(names: string[]): Problem[] {
  const prefix = 'LOCKFLIGHT_'
  const rest = (some: string[]) => some.flatMap((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : []))
  const known = rest([...Object.keys(variables.shape), ...others])
  return rest(names)
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const meant = nearest(name, known)
      if (meant === undefined) return []
      return [{ at: prefix + name, message: `there is no such variable; did you mean ${prefix}${meant}?` }]
    })
}

function signerOf(data: z.output<typeof variables>): SignerSetting {
  const chosen = data.LOCKFLIGHT_SIGNER
  const path = chosen.slice(chosen.indexOf(':') + 1)
  if (chosen.startsWith('command:')) return { use: 'command', program: path }
  if (chosen.startsWith('keyless:')) return { use: 'keyless', file: path }
  const [file, secret] = [data.LOCKFLIGHT_KEY_PASSPHRASE_FILE, data.LOCKFLIGHT_KEY_PASSPHRASE]
  const passphrase = file !== undefined ? { file } : secret !== undefined ? { text: secret } : null
  return { use: 'local', passphrase }
}

function addressOf(given: string | undefined): Config['listen'] {
  const listen = given ?? '127.0.0.1:7070'
  const colon = listen.lastIndexOf(':')
  return {
    host: listen.slice(0, colon).replaceAll(/[[\]]/g, ''),
    port: Number(listen.slice(colon + 1)),
    chosen: given !== undefined,
  }
}
