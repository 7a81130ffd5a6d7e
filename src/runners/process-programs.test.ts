import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolationsHere, startJobRig, type JobRig, type TestJob } from '../../test/rig/jobs.ts'

/** A step that only bash can do, and that prints nothing: with it a job is kept in bash. */
const forBash = ': {1..2}'

describe.each(isolationsHere)('a job of programs alone, kept apart by %s', (isolation) => {
  let rig: JobRig
  let tools: string
  beforeAll(async () => {
    tools = await mkdtemp(join(tmpdir(), 'lockflight-tools-'))
    await chmod(tools, 0o755)
    await writeFile(join(tools, 'unmarked'), 'text=(an array); echo "${text[1]}"\n', { mode: 0o755 })
    rig = await startJobRig({ isolations: [isolation], path: `${tools}:${process.env['PATH']}` })
  })
  afterAll(async () => {
    await rig.close()
    await rm(tools, { recursive: true })
  })

  /** What is told of a job, which must be the same whether or not it needs bash. */
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

  test.each<[string, TestJob['steps']]>([
    ['fails', ['basename /a', 'cat nosuch-file', 'basename /b']],
    ['may fail', [{ run: 'cat nosuch-file', 'allow-failure': true }, 'basename /b', 'cat nosuch-file', 'basename /c']],
    ['is killed', ['timeout --signal=KILL 0.1 sleep 60', 'basename /b']],
    ['is killed and may be', [{ run: 'timeout --signal=KILL 0.1 sleep 60', 'allow-failure': true }, 'basename /b']],
    ['says nothing', ['sleep 0', 'sleep 0']],
    ['is a script without #!, which is for bash', ['unmarked', 'basename /b']],
    ['is not there', ['basename /a', 'nosuch-program --flag', 'basename /b']],
  ])('one that %s is told as in a job that needs bash', async (_, steps) => {
    const [alone, inBash] = [await told(steps), await told([...steps, forBash])]
    // Some shells say themselves what killed a program.
    expect(alone.text.replace(/^Killed\n/, '')).toBe(inBash.text)
    expect(alone.marks).toEqual(inBash.marks.filter(({ step }) => step < steps.length))
    expect(alone.result).toEqual(inBash.result)
  })

  test('gives them the same environment, and nothing of its own', async () => {
    const env = { GREETING: 'a  b\n"c" $d', PS4: '# ' }
    const names = async (steps: string[]) => {
      const { text } = await told(steps, { env, secrets: { A_SECRET: 'a-secret-value' } })
      expect(text).toContain('GREETING=a  b\n"c" $d␀')
      // `_` is the program that a shell has started last, which not every shell tells.
      return text.split('␀').flatMap((line) => /^(?!_=)\w+(?==)/.exec(line)?.[0] ?? [])
    }
    const alone = await names(['env --null'])
    expect(alone).toContain('A_SECRET')
    expect(alone.toSorted()).toEqual((await names(['env --null', forBash])).toSorted())
    const { text } = await told(['ls /proc/self/fd', 'cat /proc/self/cmdline'])
    expect(text).toBe('0\n1\n2\n3\ncat␀/proc/self/cmdline␀')
  })

  test('ends when it is cancelled, and begins no other', async () => {
    const controller = new AbortController()
    const { result, marks } = await told(['cat README.md', { run: 'sleep 60', 'allow-failure': true }, 'basename /a'], {
      signal: controller.signal,
      record: async (batch) => {
        if (batch.some(({ kind, step }) => kind === 'step-started' && step === 1)) controller.abort()
      },
    })
    expect(result).toEqual({
      outcome: 'cancelled',
      reason: 'cancelled during step 2 "sleep 60"; it was ended by SIGTERM',
    })
    expect(marks.some(({ step }) => step === 2)).toBe(false)
  })
})
