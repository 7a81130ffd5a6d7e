import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolationsHere, startJobRig, type JobRig } from '../../test/rig/jobs.ts'
import { digestOf } from '../core/digest.ts'

describe.each(isolationsHere)('the files of a job kept apart by %s', (isolation) => {
  let rig: JobRig
  beforeAll(async () => {
    rig = await startJobRig({ isolations: [isolation] })
  })
  afterAll(() => rig.close())

  const keep = (path: string) => ({ artifacts: [{ name: 'app.tgz', path }] })

  test('outputs, artifacts and reports are taken when the last step has ended', async () => {
    const { result } = await rig.run({
      definition: {
        outputs: ['version', 'notes'],
        artifacts: [{ name: 'app.tgz', path: './dist//app.tgz' }],
        reports: [{ use: 'junit', path: 'report.xml' }],
      },
      steps: [
        { run: 'echo "<testsuites/>" > report.xml; exit 1', 'allow-failure': true },
        'mkdir dist; printf bytes > dist/app.tgz; echo 1.10 > "$LOCKFLIGHT_OUTPUTS/version"; printf "a\\nb\\n\\n" > "$LOCKFLIGHT_OUTPUTS/notes"',
      ],
    })
    expect(result).toEqual({
      outcome: 'succeeded',
      outputs: { version: '1.10', notes: 'a\nb\n' },
      artifacts: [{ name: 'app.tgz', digest: digestOf('bytes'), sizeBytes: 5 }],
      reports: [
        {
          use: 'junit',
          path: 'report.xml',
          digest: digestOf('<testsuites/>\n'),
          root: expect.stringMatching(/\/workspace$/),
        },
      ],
    })
    expect(Buffer.from(await rig.artifacts.read(digestOf('bytes'), 10)).toString()).toBe('bytes')
  })

  test('the artifacts of needed jobs lie ready, checked and open to change', async () => {
    await writeFile(join(rig.folder, 'made'), 'made before')
    const { digest } = await rig.artifacts.put(join(rig.folder, 'made'))
    const { text, result } = await rig.run({
      inputs: [{ name: 'app.tgz', digest }],
      steps: ['cat "$LOCKFLIGHT_ARTIFACTS/app.tgz"; echo more >> "$LOCKFLIGHT_ARTIFACTS/app.tgz"'],
    })
    expect(text).toBe('made before')
    expect(result.outcome).toBe('succeeded')
    expect(Buffer.from(await rig.artifacts.read(digest, 100)).toString()).toBe('made before')
  })

  test('F28 a changed artifact never reaches a job', async () => {
    await writeFile(join(rig.folder, 'made'), 'will be changed')
    const { digest } = await rig.artifacts.put(join(rig.folder, 'made'))
    const hex = digest.slice('sha256:'.length)
    const place = join(rig.home, 'artifacts', 'sha256', hex.slice(0, 2), hex)
    await chmod(place, 0o600)
    await writeFile(place, 'was changed')
    const { text, result } = await rig.run({ inputs: [{ name: 'app.tgz', digest }], steps: ['echo ran'] })
    expect(result).toEqual({ outcome: 'failed', reason: expect.stringContaining(digest) })
    expect(text).toBe('')
  })

  test('what was declared and not made fails the job, by name', async () => {
    expect((await rig.run({ definition: keep('dist/app.tgz'), steps: ['mkdir dist'] })).result).toEqual({
      outcome: 'failed',
      reason: expect.stringMatching(/^artifact app.tgz: .*dist\/app.tgz/),
    })
    const report = { reports: [{ use: 'junit', path: 'report.xml' }] }
    expect((await rig.run({ definition: report, steps: ['true'] })).result).toMatchObject({
      reason: expect.stringMatching(/^junit report: .*report.xml/),
    })
    expect((await rig.run({ definition: { outputs: ['version'] }, steps: ['true'] })).result).toMatchObject({
      reason: expect.stringMatching(/^output version: .*LOCKFLIGHT_OUTPUTS\/version/),
    })
  })

  test('A17 links, folders, devices and pipes are refused wherever they stand on the way', async () => {
    const secret = join(rig.home, 'key')
    const ways: [string, string][] = [
      ['app.tgz', `ln -s ${secret} app.tgz`],
      ['app.tgz', 'ln -s /etc/passwd app.tgz'],
      ['app.tgz', 'echo x > real; ln -s real app.tgz'],
      ['dist/passwd', 'ln -s /etc dist'],
      ['dist/key', `ln -s ${rig.home} dist`],
      ['a/b/passwd', 'mkdir a; ln -s /etc a/b'],
      ['app.tgz', 'mkdir app.tgz'],
      ['app.tgz', 'mkfifo app.tgz'],
      ['dist/app.tgz', 'echo x > dist'],
      ['x'.repeat(300), 'true'],
      ['../outputs/app.tgz', 'echo x > "$LOCKFLIGHT_OUTPUTS/app.tgz"'],
    ]
    for (const [path, step] of ways) {
      const { result } = await rig.run({ definition: keep(path), steps: [step] })
      expect(result, `${path}: ${step}`).toMatchObject({
        outcome: 'failed',
        reason: expect.stringContaining('artifact app.tgz'),
      })
    }
    const outputs = [
      `ln -s ${secret} "$LOCKFLIGHT_OUTPUTS/version"`,
      'mkfifo "$LOCKFLIGHT_OUTPUTS/version"',
      `rm -r "$LOCKFLIGHT_OUTPUTS"; ln -s '${rig.home}' "$LOCKFLIGHT_OUTPUTS"; ls`,
      'rm -r "$LOCKFLIGHT_OUTPUTS"',
      'echo 1 > "$LOCKFLIGHT_OUTPUTS/version"; chmod 000 "$LOCKFLIGHT_OUTPUTS/version" "$LOCKFLIGHT_OUTPUTS"',
    ]
    for (const step of outputs) {
      const { result, text } = await rig.run({ definition: { outputs: ['version'] }, steps: [step] })
      if (process.getuid?.() !== 0 || !step.includes('chmod')) {
        expect(result).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('output version') })
      }
      expect(text).not.toContain('"key"')
    }
  })

  test('an output is text of limited size and never a secret', async () => {
    const definition = { outputs: ['version'] }
    const run = async (step: string) =>
      (await rig.run({ definition, secrets: { TOKEN: 'hunter2hunter2' }, steps: [step] })).result
    const write = (command: string) => run(`${command} > "$LOCKFLIGHT_OUTPUTS/version"`)
    expect(await write('head -c 65536 /dev/zero | tr "\\0" a')).toMatchObject({ outcome: 'succeeded' })
    expect(await write('head -c 65537 /dev/zero | tr "\\0" a')).toMatchObject({
      reason: expect.stringContaining('at most 65536 bytes'),
    })
    expect(await write('printf "a\\0b"')).toMatchObject({ reason: expect.stringContaining('NUL') })
    expect(await write('printf "\\377"')).toMatchObject({ reason: expect.stringContaining('UTF-8') })
    expect(await write('echo "v$TOKEN"')).toEqual({
      outcome: 'failed',
      reason: expect.stringMatching(/^(?!.*hunter2).*secret TOKEN/),
    })
  })

  test('an output nobody declared is not kept, and the log says so', async () => {
    const { result, text } = await rig.run({
      secrets: { TOKEN: 'hunter2hunter2' },
      definition: { outputs: ['version'] },
      steps: ['cd "$LOCKFLIGHT_OUTPUTS"; echo 1 > version; echo 2 > "other one"; echo 3 > "x$TOKEN"'],
    })
    expect(result).toMatchObject({ outcome: 'succeeded', outputs: { version: '1' } })
    expect(text).toBe('outputs that the job does not declare are not kept: "other one", "x***"\n')
  })

  test('A17 the folder of a job is removed whatever it made of it', async () => {
    const steps = [
      'mkdir -p a/b; touch a/b/c; chmod 000 a/b a; mkdir "$HOME/x"; chmod 000 "$HOME" "$TMPDIR/.." || true; touch -- -rf "$(printf "a\\nb")"',
    ]
    expect((await rig.run({ steps })).result.outcome).toBe('succeeded')
    expect(await rig.jobFolders()).toEqual([])
    expect(await readFile(join(rig.home, 'key'), 'utf8')).toBe('the signing key')
  })
})
