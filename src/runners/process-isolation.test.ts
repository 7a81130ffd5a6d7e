import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolationsHere, startJobRig, textOf, type JobRig } from '../../test/rig/jobs.ts'
import { credentialPlaces } from './credential-places.ts'

describe.each(isolationsHere.filter((isolation) => isolation !== 'none'))('a job kept apart by %s', (isolation) => {
  let rig: JobRig
  beforeAll(async () => {
    rig = await startJobRig({ isolations: [isolation] })
  })
  afterAll(() => rig.close())

  test('A39 cannot read what the server keeps to itself, by any way around', async () => {
    const { text } = await rig.run({
      steps: [
        { run: `cat '${rig.home}/key'`, 'allow-failure': true },
        { run: `ls -A '${rig.home}'`, 'allow-failure': true },
        {
          run: `umount '${rig.home}'; umount -l '${rig.home}'; mount -t tmpfs none '${rig.home}'; cat '${rig.home}/key'`,
          'allow-failure': true,
        },
        {
          run: `unshare --user --map-root-user --mount bash -c "umount '${rig.home}'; cat '${rig.home}/key'"`,
          'allow-failure': true,
        },
        {
          run: `nsenter --target 1 --mount cat '${rig.home}/key'; cat '/proc/1/root${rig.home}/key' "/proc/self/root${rig.home}/key"`,
          'allow-failure': true,
        },
        {
          run: `echo fake > '${rig.home}/key'; rm -f '${rig.home}/key'; mv '${rig.home}' '${rig.home}.gone'`,
          'allow-failure': true,
        },
      ],
    })
    expect(text).not.toContain('the signing key')
    expect(text).toMatch(/key/)
    expect(await readFile(join(rig.home, 'key'), 'utf8')).toBe('the signing key')
  })

  test('A39 has no right that an ordinary process has not, and gets none', async () => {
    const { text } = await rig.run({ steps: ['grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs)" /proc/self/status'] })
    expect(text.replaceAll('\t', ' ')).toBe(
      ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}: 0000000000000000\n`).join('') + 'NoNewPrivs: 1\n',
    )
  })

  test('A39 cannot read the environment of another job, its files, or its processes', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const { promise: looked, resolve: finish } = Promise.withResolvers<void>()
    const victim = rig.run({
      secrets: { VICTIM: 'victim-secret-value' },
      record: async (events) => {
        if (!events.some((event) => event.kind === 'output')) return
        begin()
        await looked
      },
      steps: [
        'echo "$VICTIM" > "$TMPDIR/note"; sleep 0.01; echo "$VICTIM" > "$HOME/note"; echo ready; for ((n = 0; n < 20000; n++)); do echo "$n of many lines that fill the pipe"; done',
      ],
    })
    await begun
    const { text } = await rig.run({
      steps: [
        {
          run: 'cat /proc/[0-9]*/environ | tr "\\0" "\\n"; cat "$TMPDIR"/note "$HOME"/note "$TMPDIR"/../../*/area/*/note /tmp/note; true',
          'allow-failure': true,
        },
      ],
    })
    finish()
    expect((await victim).result.outcome).toBe('succeeded')
    expect(text).not.toContain('victim-secret')
    expect(text).toContain('LOCKFLIGHT_WORKSPACE=')
  })

  test('A39 the next job finds the same environment and empty folders', async () => {
    const look =
      'env | grep -v ^LOCKFLIGHT_ | sort; ls -A "$HOME" "$TMPDIR" "$LOCKFLIGHT_OUTPUTS" "$LOCKFLIGHT_ARTIFACTS"; ls -A'
    const dirty = 'for place in "$HOME" "$TMPDIR" "$LOCKFLIGHT_OUTPUTS" .; do echo x > "$place/left"; done'
    const first = await rig.run({ steps: [look, dirty] })
    const second = await rig.run({ steps: [look] })
    const same = (text: string) => text.replaceAll(/lockflight-jobs\/[^/\s]+\/\d+/g, 'lockflight-jobs/x')
    expect(first.result.outcome).toBe('succeeded')
    expect(same(second.text)).toBe(same(textOf(first.events.filter((event) => event.step === 0))))
  })

  test('A17 a hard link to a file of the server, or of someone else, brings nothing out', async () => {
    const step = `ln '${join(rig.home, 'key')}' app.tgz || ln /etc/passwd app.tgz || true`
    const { result } = await rig.run({
      definition: { artifacts: [{ name: 'app.tgz', path: 'app.tgz' }] },
      steps: [step],
    })
    expect(result.outcome).toBe('failed')
  })

  test('a job of a large log and one that is silent run side by side', async () => {
    const jobs = Array.from({ length: 4 }, (_, n) =>
      rig.run({ steps: [`for ((n = 0; n < 2000; n++)); do echo ${n} $n; done`] }),
    )
    for (const [n, { result, text }] of (await Promise.all(jobs)).entries()) {
      expect(result.outcome).toBe('succeeded')
      expect(text).toBe(Array.from({ length: 2000 }, (_, line) => `${n} ${line}\n`).join(''))
    }
  })
})

describe('a job in namespaces', () => {
  let rig: JobRig
  beforeAll(async () => {
    rig = await startJobRig({ isolations: ['namespaces'] })
  })
  afterAll(() => rig.close())

  test('A39 writes nowhere but into its own area, and sees nothing but its own processes', async () => {
    const outside = join(rig.folder, 'outside')
    await mkdir(outside, { mode: 0o777 })
    await chmod(outside, 0o777)
    const { text } = await rig.run({
      steps: [
        `for place in '${outside}' '${rig.repository}' /etc /usr /var /dev/shm /proc/sys/kernel /sys/fs/cgroup; do
          touch "$place/lockflight-was-here" 2> /dev/null && echo "wrote to $place"; done; true`,
        'ps -e -o pid= | wc -l; echo /tmp/*; ls /run /dev; echo hello > /tmp/hello; cat /tmp/hello /var/tmp/hello; echo core > /proc/sys/kernel/core_pattern || true',
      ],
    })
    const [shm, count, tmp, ...rest] = text.split('\n')
    expect(shm).toBe('wrote to /dev/shm')
    expect(Number(count)).toBeLessThan(5)
    expect(tmp).toBe(foldersOfPath('/tmp').join(' ') || '/tmp/*')
    expect(rest.filter((line) => /^(sd|vd|nvme|kvm|mem|docker)/.test(line))).toEqual([])
    expect(rest.filter((line) => line === 'hello')).toHaveLength(2)
    expect(execFileSync('find', ['/dev/shm', outside, '-name', 'lockflight-was-here'], { encoding: 'utf8' })).toBe('')
  })

  test('A39 finds none of the credentials that its user has elsewhere', async () => {
    const user = join(rig.folder, 'user')
    await mkdir(join(user, '.ssh'), { recursive: true })
    const files = ['.ssh/id_ed25519', '.git-credentials', '.profile'].map((name) => join(user, name))
    for (const file of files) await writeFile(file, `found ${file}\n`)
    // What PATH leads to below /tmp is visible, so that only the covering hides anything here.
    const path = `${user}:${process.env['PATH']}`
    const other = await startJobRig({ isolations: ['namespaces'], path, covered: credentialPlaces(user) })
    try {
      const { text } = await other.run({ steps: [`cat ${files.join(' ')} 2> /dev/null || true`] })
      expect(text).toBe(`found ${user}/.profile\n`)
    } finally {
      await other.close()
    }
  })

  test('A39 cannot make a namespace of its own to try more in', async () => {
    const { text } = await rig.run({ steps: [{ run: 'unshare --user true', 'allow-failure': true }] })
    expect(text).toMatch(/unshare/)
  })

  test('finds the programs that PATH leads to, also below /tmp, and cannot change them', async () => {
    const tools = join(rig.folder, 'tools')
    await mkdir(tools)
    await writeFile(join(tools, 'greet'), '#!/bin/sh\necho hello from a tool\n', { mode: 0o755 })
    await symlink('greet', join(tools, 'also'))
    const other = await startJobRig({
      isolations: ['namespaces'],
      path: `${tools}:${process.env['PATH']}`,
      hidden: [rig.home],
    })
    try {
      const { text, result } = await other.run({
        steps: [
          `greet; also; echo changed > '${tools}/greet' || true; cat '${rig.home}/key' || true; cat '${rig.folder}'/home/* || true`,
        ],
      })
      expect(result.outcome).toBe('succeeded')
      expect(text).toMatch(/^hello from a tool\nhello from a tool\n/)
      expect(text).not.toContain('the signing key')
      expect(await readFile(join(tools, 'greet'), 'utf8')).toContain('hello')
    } finally {
      await other.close()
    }
  })

  test('is told what to do where no isolation works, and nothing is run', async () => {
    const tools = join(rig.folder, 'no-unshare')
    await mkdir(tools)
    await writeFile(join(tools, 'unshare'), '#!/bin/sh\necho "unshare: Operation not permitted" >&2\nexit 1\n', {
      mode: 0o755,
    })
    const other = await startJobRig({ isolations: ['namespaces'], path: `${tools}:${process.env['PATH']}` })
    try {
      const { result, events } = await other.run({ steps: ['echo ran'] })
      expect(result).toEqual({
        outcome: 'failed',
        reason: expect.stringMatching(/Operation not permitted.*install util-linux.*user namespaces/),
      })
      expect(events).toEqual([])
      await expect(other.runner.isolation()).rejects.toMatchObject({
        code: 'unavailable',
        reason: 'isolation_unavailable',
      })
    } finally {
      await other.close()
    }
  })
})

/** What stays visible of a folder because PATH leads through it, as it does for a checkout in /tmp. */
function foldersOfPath(folder: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(':').filter((each) => existsSync(each))
  const inside = folders.filter((each) => each.startsWith(`${folder}/`))
  return [
    ...new Set(
      inside.map((each) =>
        each
          .split('/')
          .slice(0, folder.split('/').length + 1)
          .join('/'),
      ),
    ),
  ].toSorted()
}
