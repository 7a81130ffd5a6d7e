import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolationsHere, startJobRig, textOf, type JobRig, type TestJob } from '../../test/rig/jobs.ts'
import { processesWith } from '../../test/rig/processes.ts'

describe.each(isolationsHere)('a job kept apart by %s', (isolation) => {
  let rig: JobRig
  beforeAll(async () => {
    rig = await startJobRig({ isolations: [isolation] })
  })
  afterAll(() => rig.close())

  test('runs its steps in order in a fresh checkout and tells what happened', async () => {
    const { result, events, text } = await rig.run({
      steps: ['cat README.md; git log --format=%H', { name: 'second', run: 'echo two >&2; echo three' }],
    })
    expect(result).toEqual({ outcome: 'succeeded', outputs: {}, artifacts: [], reports: [] })
    expect(text).toBe(`a project\n${rig.commit}\ntwo\nthree\n`)
    const marks = events.flatMap((event) => (event.kind === 'output' ? [] : { ...event, at: null }))
    expect(marks).toEqual([
      { kind: 'step-started', step: 0, at: null },
      { kind: 'step-finished', step: 0, at: null, exitCode: 0 },
      { kind: 'step-started', step: 1, at: null },
      { kind: 'step-finished', step: 1, at: null, exitCode: 0 },
    ])
    expect(textOf(events.filter((event) => event.step === 1))).toBe('two\nthree\n')
    expect(events.every((event, index) => event.at >= (events[index - 1]?.at ?? event.at))).toBe(true)
    expect(await rig.jobFolders()).toEqual([])
  })

  test('steps share files and nothing else', async () => {
    const { text } = await rig.run({
      steps: [
        'X=1; export Y=2; cd /; set +e; echo made > "$LOCKFLIGHT_WORKSPACE/file"',
        'echo "[$X$Y]"; cat file; mkdir deep; for name in "${!lf_@}"; do declare -p "$name"; done | grep -c priv[a]te || true',
        { run: 'basename "$PWD"', 'working-directory': 'deep', env: { ALONE: 'private' } },
        'basename "$PWD"',
      ],
    })
    expect(text).toBe('[]\nmade\n0\ndeep\nworkspace\n')
  })

  test('has only the declared environment, the nearest definition first', async () => {
    const { text } = await rig.run({
      env: { FROM_PIPELINE: 'pipeline', NEAREST: 'pipeline' },
      definition: { env: { FROM_JOB: 'job', NEAREST: 'job' } },
      secrets: { A_SECRET: 'a-secret-value' },
      steps: [
        { run: 'env -0 | sort -z | tr "\\0" "\\n"', env: { FROM_STEP: 'a  b\n"c" $d', NEAREST: 'step' } },
        'echo "$NEAREST$FROM_STEP"',
      ],
    })
    const names = text.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
    const expected = [
      'A_SECRET',
      'CI',
      'FROM_JOB',
      'FROM_PIPELINE',
      'FROM_STEP',
      'HOME',
      'LANG',
      'LOCKFLIGHT_ARTIFACTS',
      'LOCKFLIGHT_OUTPUTS',
      'LOCKFLIGHT_WORKSPACE',
      'NEAREST',
      'PATH',
      'PWD',
      'SHLVL',
      'TMPDIR',
      '_',
    ]
    expect(names.filter((name) => name !== 'LOCKFLIGHT_LEFTOVER')).toEqual(expected)
    expect(text).toContain('FROM_STEP=a  b\n"c" $d\n')
    expect(text).toContain('NEAREST=step\n')
    expect(text).toMatch(/\njob\n$/)
  })

  test('a folder for a step that is not there is named', async () => {
    const { result, text } = await rig.run({ steps: [{ run: 'pwd', 'working-directory': 'deep/er' }] })
    expect(text).toBe('step: working-directory deep/er: expected a folder that the job can enter, found none\n')
    expect(result).toMatchObject({ outcome: 'failed' })
  })

  test('fails with the step that failed, and the steps after it do not run', async () => {
    const { result, text, events } = await rig.run({
      steps: ['true', { name: 'make', run: 'false | true\necho no' }, 'echo never'],
    })
    expect(result).toEqual({ outcome: 'failed', reason: 'step 2 "make" exited with 1' })
    expect(text).toBe('')
    expect(events.at(-1)).toMatchObject({ kind: 'step-finished', step: 1, exitCode: 1 })
    const { result: unknown, text: message } = await rig.run({ steps: ['\nfrobnicate --all'] })
    expect(unknown).toEqual({ outcome: 'failed', reason: 'step 1 "frobnicate --all" exited with 127' })
    expect(message).toBe('step: line 2: frobnicate: command not found\n')
  })

  test('goes on after a step that may fail, which itself ends at its first error', async () => {
    const { result, text, events } = await rig.run({
      steps: [{ run: 'echo one; (exit 7); echo no', 'allow-failure': true }, 'echo two'],
    })
    expect(result.outcome).toBe('succeeded')
    expect(text).toBe('one\ntwo\n')
    expect(events).toContainEqual(expect.objectContaining({ kind: 'step-finished', step: 0, exitCode: 7 }))
    const last = await rig.run({ steps: [{ run: 'exit 1', 'allow-failure': true }] })
    expect(last.result.outcome).toBe('succeeded')
  })

  test('a step that is killed says by which signal', async () => {
    const { result, text } = await rig.run({ steps: [{ name: 'test', run: 'kill -KILL $BASHPID' }] })
    expect(text).toBe('')
    expect(result).toEqual({ outcome: 'failed', reason: 'step 1 "test" was killed by SIGKILL' })
  })

  test('texts that are not whole, or change how bash reads, are told as bash tells them', async () => {
    const run = async (text: string) => (await rig.run({ steps: [text, 'echo next'] })).text
    expect(await run('echo one\nif then\nfi')).toMatch(/^one\nstep: (eval: )?line 2: syntax error/)
    expect(await run(') ; echo escaped ; (')).toMatch(/^step: (eval: )?line 1: syntax error/)
    expect(await run('}\necho escaped\n{')).toMatch(/^step: (eval: )?line 1: syntax error/)
    expect(await run('shopt -s extglob\n[[ ab == @(ab|c) ]] && echo matched')).toBe('matched\nnext\n')
    expect(await run('cat <<END\nhere $((1 + 1))\nEND')).toBe('here 2\nnext\n')
    expect(await run('# only a comment')).toBe('next\n')
    expect(await run("echo 'one quote")).toMatch(/^step: (eval: )?line 1: unexpected EOF/)
    expect(await run('trap "echo bye" EXIT\n/bin/true')).toBe('bye\nnext\n')
  })

  test('a step of one program is what it is in a script', async () => {
    const program = async (step: TestJob['steps'][number]) => (await rig.run({ steps: [step, 'echo next'] })).text
    expect(await program('echo a  b')).toBe('a b\nnext\n')
    expect(await program('/usr/bin/printf %s-%s. a=1 b')).toBe('a=1-b.next\n')
    expect(await program('nosuch-program --flag')).toBe('step: line 1: nosuch-program: command not found\n')
    expect(await program('cat nosuch-file')).toMatch(/^cat: nosuch-file: No such file or directory\n$/)
    expect(await program({ run: 'cat nosuch-file', 'allow-failure': true })).toMatch(
      /No such file or directory\nnext\n$/,
    )
    expect(await program('cd /')).toBe('next\n')
    expect(await program('exit 0')).toBe('next\n')
    expect(await program({ run: 'basename /a/b', env: { A: 'b' } })).toBe('b\nnext\n')
  })

  test('A20 values are never parsed: not as a command, not as another field', async () => {
    const values = [
      'x";touch${IFS}pwn;"',
      '$(touch pwn)',
      '`touch pwn`',
      'a\nTOKEN\n',
      '-oProxyCommand=touch pwn',
      "'; touch pwn; '",
      '${{ secrets.X }}',
      '__proto__',
    ]
    const env = Object.fromEntries(values.map((value, index) => [`VALUE_${index}`, value]))
    const { text, result } = await rig.run({
      env,
      definition: { env: { LOCKFLIGHT_BRANCH: values[0] ?? '' } },
      source: { repository: rig.repository, commit: rig.commit, branch: values[0] ?? '' },
      steps: [
        {
          run: values.map((_, index) => `printf '%s\\n' "$VALUE_${index}"`).join('\n'),
          env: { STEP: values[1] ?? '' },
        },
        'printf "%s" "$LOCKFLIGHT_BRANCH"; ls',
      ],
    })
    expect(result.outcome).toBe('succeeded')
    expect(text).toBe(`${values.join('\n')}\n${values[0]}README.md\n`)
  })

  test('A20 a step cannot fake a result, whatever it prints and wherever it writes', async () => {
    const { result, events } = await rig.run({
      steps: [
        `for name in "\${!lf_@}"; do
          for word in $(declare -p "$name" | tr -cs 'A-Za-z0-9_-' ' '); do printf '\\0%s 0\\0' "$word"; done
        done
        printf '\\0%s 0\\0' "$lf_token" "" x
        (for fd in /proc/self/fd/*; do printf '\\0 0\\0' > "$fd" || true; done) 2> /dev/null || true
        bash -c 'printf "\\0$lf_token 0\\0"; printf "\\0 0\\0" >&3 || true' 2> /dev/null
        exit 5`,
        { run: 'echo never', env: { ALONE: 'x' } },
      ],
    })
    expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('exited with 5') })
    const marks = events.flatMap((event) => (event.kind === 'step-finished' ? [[event.step, event.exitCode]] : []))
    expect(marks).toEqual([[0, 5]])
  })

  test('A21 secrets are masked in the log, also when written in two parts', async () => {
    const secret = `s3cr$t"with'quotes`
    const { text } = await rig.run({
      secrets: { TOKEN: secret },
      steps: [
        'echo "$TOKEN"; printf %s "$TOKEN" | base64; printf "%s" "${TOKEN:0:5}"; sleep 0.2; printf "%s\\n" "${TOKEN:5}"',
        'set -x; : "$TOKEN"; printf %s "$TOKEN" | od -An -v -tx1 | tr -d " \\n"',
        'bash -c "exit 3" "$TOKEN"; nosuch-"$TOKEN"',
      ],
    })
    expect(text).toMatch(/^\*\*\*\n\*\*\*\S{0,4}\n\*\*\*\n/)
    expect(text).toContain("+ : '***'")
    for (const form of [
      secret,
      Buffer.from(secret).toString('base64').slice(0, 12),
      Buffer.from(secret).toString('hex'),
    ])
      expect(text).not.toContain(form)
  })

  test('what both streams print comes in the order it was written', async () => {
    const { text } = await rig.run({
      steps: ['for ((n = 0; n < 3000; n++)); do echo "out $n"; echo "err $n" >&2; done', 'echo next > /dev/stderr'],
    })
    const expected = Array.from({ length: 3000 }, (_, n) => `out ${n}\nerr ${n}\n`).join('')
    expect(text).toBe(`${expected}next\n`)
  })

  test('A39 nothing it started survives it, however far it ran away', async () => {
    const name = `lockflight-${isolation}-${process.pid}`
    const { result } = await rig.run({
      steps: [
        `cp "$(command -v sleep)" ${name}; ./${name} 1000 & disown; (setsid ./${name} 1000 > /dev/null 2>&1 < /dev/null &); (setsid bash -c 'trap "" TERM HUP; ./${name} 1000; :' > /dev/null 2>&1 &)`,
      ],
    })
    expect(result.outcome).toBe('succeeded')
    expect(processesWith(name)).toEqual([])
  })

  test('a job that takes too long is ended, and told how', async () => {
    const definition = { timeout: '1s' }
    const polite = await rig.run({
      definition,
      steps: [{ name: 'wait', run: 'trap "echo cleaning up; exit 9" TERM; sleep 60 & wait' }],
    })
    expect(polite.result).toEqual({
      outcome: 'failed',
      reason: 'timed out after 1s during step 1 "wait"; it was ended by SIGTERM',
    })
    expect(polite.text).toBe('cleaning up\n')
    const deaf = await rig.run({ definition, steps: [{ name: 'deaf', run: 'trap "" TERM; sleep 60; sleep 60' }] })
    expect(deaf.result).toEqual({
      outcome: 'failed',
      reason: 'timed out after 1s during step 1 "deaf"; it did not end within 1s of SIGTERM and was killed',
    })
  })

  test('a cancelled job ends, and no later step begins', async () => {
    const controller = new AbortController()
    const { result, text, events } = await rig.run({
      signal: controller.signal,
      record: async (batch) => {
        if (batch.some((event) => event.kind === 'output')) controller.abort()
      },
      steps: [{ name: 'wait', run: 'echo ready; sleep 60', 'allow-failure': true }, 'echo never'],
    })
    expect(result).toEqual({ outcome: 'cancelled', reason: 'cancelled during step 1 "wait"; it was ended by SIGTERM' })
    expect(text).toBe('ready\n')
    expect(events.some((event) => event.step === 1)).toBe(false)
  })
})
