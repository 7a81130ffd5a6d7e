import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolationsHere, startJobRig, type JobRig, type TestJob } from '../../test/rig/jobs.ts'

/** A step that only bash can do, and that prints nothing: with it a job is kept in bash. */
const forBash = ': {1..2}'

const programs = {
  'one/unmarked': 'text=(an array); echo "${text[1]}"',
  'one/twice': '#!/nosuch/interpreter',
  'two/twice': '#!/bin/sh\necho the second',
  'two/chdir': '#!/bin/sh\necho a program',
  'two/starter': '#!/bin/sh\nreadlink "/proc/$PPID/exe"',
  'two/words': '#!/bin/sh\ntr "\\0" "\\n" < "/proc/$PPID/cmdline"; tr "\\0" "\\n" < "/proc/$PPID/environ"',
}

const goings: [string, TestJob['steps']][] = [
  ['fails', ['basename /a', 'cat nosuch-file', 'basename /b']],
  ['may fail', [{ run: 'cat nosuch-file', 'allow-failure': true }, 'basename /b', 'cat nosuch-file', 'basename /c']],
  ['is killed', ['timeout --signal=KILL 0.1 sleep 60', 'basename /b']],
  ['is killed and may be', [{ run: 'timeout --signal=KILL 0.1 sleep 60', 'allow-failure': true }, 'basename /b']],
  ['says nothing', ['sleep 0', 'sleep 0']],
  ['is a script without #!, which is for bash', ['unmarked', 'basename /b']],
  ['lacks its interpreter, while another has its name', ['twice', 'basename /b']],
  ['is named like what another shell has built in', ['chdir', 'basename /b']],
  ['is not there', ['basename /a', 'nosuch-program --flag', 'basename /b']],
  ['takes more than fits into an argument', Array<string>(40).fill(`printf %.0s. ${'a'.repeat(3000)}`)],
]

describe.each(isolationsHere)('a job of programs alone, kept apart by %s', (isolation) => {
  let rig: JobRig
  let tools: string
  let path: string
  beforeAll(async () => {
    tools = await mkdtemp(join(tmpdir(), 'lockflight-tools-'))
    await chmod(tools, 0o755)
    for (const folder of ['one', 'two']) await mkdir(join(tools, folder))
    for (const [name, text] of Object.entries(programs)) await writeFile(join(tools, name), text, { mode: 0o755 })
    path = `${tools}/one:${tools}/two:/usr/bin:/bin`
    rig = await startJobRig({ isolations: [isolation], path })
  })
  afterAll(async () => {
    await rig.close()
    await rm(tools, { recursive: true })
  })

  const told = async (steps: TestJob['steps'], about: Omit<TestJob, 'steps'> = {}) => {
    const { result, events, text } = await rig.run({ ...about, steps })
    return { result, text, marks: events.flatMap((event) => (event.kind === 'output' ? [] : { ...event, at: null })) }
  }

  test('tells the beginning and the end of each, in order', async () => {
    const { result, marks, text } = await told(['basename /a/b', 'cat README.md'])
    expect(result.outcome).toBe('succeeded')
    expect(text).toBe('b\na project\n')
    expect(marks).toEqual([
      { kind: 'step-started', step: 0, at: null },
      { kind: 'step-finished', step: 0, at: null, exitCode: 0 },
      { kind: 'step-started', step: 1, at: null },
      { kind: 'step-finished', step: 1, at: null, exitCode: 0 },
    ])
  })

  test('needs bash only where a step could change what is started', async () => {
    const { text } = await told(['starter'])
    expect(text).toMatch(isolation === 'none' ? /\/bash\n$/ : /\/dash\n$/)
    expect((await told(['starter'], { env: { PATH: `bin:${path}` } })).text).toMatch(/\/bash\n$/)
    expect((await told(['starter'], { env: { PATH: `/tmp/later/bin:${path}` } })).text).toMatch(/\/bash\n$/)
  })

  // What a shell makes of a program does not depend on where it runs: once is enough.
  test.each(isolation === isolationsHere[0] ? goings : [])(
    'one that %s is told as in a job that needs bash',
    async (_, steps) => {
      const [alone, inBash] = [await told(steps), await told([...steps, forBash])]
      // Some shells say themselves what killed a program.
      expect(alone.text.replace(/^Killed\n/, '')).toBe(inBash.text)
      expect(alone.marks).toEqual(inBash.marks.filter(({ step }) => step < steps.length))
      expect(alone.result).toEqual(inBash.result)
    },
  )

  test('gives them the same environment, and nothing of its own', async () => {
    const about = { env: { GREETING: 'a  b\n"c" $d', PS4: '# ' }, secrets: { A_SECRET: 'a-secret-value' } }
    const environment = async (steps: string[]) => {
      const { text } = await told(steps, about)
      // `_` is the program that a shell has started last, which not every shell tells; folders have the number of the job.
      const known = text.split('␀').filter((one) => one !== '' && !/^(_|LOCKFLIGHT_LEFTOVER)=/.test(one))
      return known.map((one) => one.replace(/\/\d+\/area/, '/area')).toSorted()
    }
    const alone = await environment(['env --null'])
    expect(alone).toContain('GREETING=a  b\n"c" $d')
    expect(alone).toEqual(await environment(['env --null', forBash]))
    expect((await told(['ls /proc/self/fd', 'cat /proc/self/cmdline'])).text).toBe(
      '0\n1\n2\n3\ncat␀/proc/self/cmdline␀',
    )
  })

  test('A20 the shell that starts them shows them no token', async () => {
    const { text } = await told(['words'])
    expect(text).toMatch(/bash|dash/)
    expect(text).not.toMatch(/^(.*=)?[\w-]{24}$/m)
  })

  test('ends when it is cancelled, and begins no other', async () => {
    const controller = new AbortController()
    const { result, marks, text } = await told(
      ['cat README.md', { run: 'sleep 60', 'allow-failure': true }, 'basename /a'],
      {
        signal: controller.signal,
        record: async (batch) => {
          if (batch.some(({ kind, step }) => kind === 'step-started' && step === 1)) controller.abort()
        },
      },
    )
    const reason = 'cancelled during step 2 "sleep 60"; it was ended by SIGTERM'
    expect(result).toEqual({ outcome: 'cancelled', reason })
    expect(marks.some(({ step }) => step === 2)).toBe(false)
    expect(text).toBe(isolation === 'none' ? 'a project\n' : 'a project\nTerminated\n')
  })
})
