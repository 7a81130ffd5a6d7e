import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isolationsHere, startJobRig, type JobRig } from '../../test/rig/jobs.ts'
import { descendantsOf, processesWith } from '../../test/rig/processes.ts'

const jobServer = join(import.meta.dirname, '../../test/rig/job-server.ts')

describe.each(isolationsHere)('a fault around a job kept apart by %s', (isolation) => {
  let rig: JobRig
  beforeAll(async () => {
    rig = await startJobRig({ isolations: [isolation] })
  })
  afterAll(() => rig.close())

  /** A job with a process in its group, one in a session of its own, and one that is deaf to signals. */
  const runaway = (name: string) =>
    `cp "$(command -v sleep)" ${name}; (setsid ./${name} 1000 > /dev/null 2>&1 &); (trap "" TERM HUP; ./${name} 1000 &); ./${name} 1000`

  test('F01 kill -9 of the server ends its jobs, and the next server removes what they left', async () => {
    const name = `left-${isolation}-${process.pid}`
    const server = spawn(process.execPath, [jobServer, isolation, runaway(name)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [printed] = (await once(server.stdout, 'data')) as [Buffer]
    const folder = printed.toString().split('\n')[0] ?? ''
    await until(async () => processesWith(name).length >= 3)
    server.kill('SIGKILL')
    await until(async () => processesWith(name).length === 0)

    const workFolder = join(folder, 'home', 'work')
    await mkdir(workFolder, { recursive: true })
    const next = await startJobRig({ isolations: [isolation], workFolder })
    try {
      await next.runner.isolation()
      const own = (await readdir(workFolder)).filter((one) => !one.startsWith(`${process.pid}-`))
      expect(own).toEqual([])
    } finally {
      await next.close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('a job finds SIGPIPE as every shell does, also when the server was started with it ignored', async () => {
    const script = `grep -Eq '^SigIgn:\\s*0+$' /proc/self/status; set +o pipefail; yes | head -n 1; exit $((PIPESTATUS[0] - 141))`
    const deaf = `trap '' PIPE; exec "$@"`
    const server = spawn('bash', ['-c', deaf, 'deaf', process.execPath, jobServer, isolation, script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    expect(await once(server, 'exit')).toEqual([0, null])
  })

  test('kill -9 of the launcher fails its jobs as an outage, and the next job has a new one', async () => {
    const name = `orphan-${isolation}-${process.pid}`
    const launchersOfMine = () => {
      const mine = descendantsOf(process.pid)
      return processesWith('runners/launcher.ts').filter((pid) => mine.includes(pid))
    }
    const before = launchersOfMine()
    const other = await startJobRig({ isolations: [isolation] })
    try {
      const record = async () => {
        for (const pid of launchersOfMine()) if (!before.includes(pid)) process.kill(pid, 'SIGKILL')
      }
      await expect(
        other.run({ record, steps: [`cp "$(command -v sleep)" ${name}; echo ready; exec ./${name} 1000`] }),
      ).rejects.toThrow(/killed/)
      await until(async () => processesWith(name).length === 0)
      expect((await other.run({ steps: ['echo again'] })).text).toBe('again\n')
    } finally {
      await other.close()
    }
  })

  test('a store that fails ends the job at once, and its error is told', async () => {
    const record = async () => {
      throw new Error('the store is down')
    }
    const name = `stopped-${isolation}-${process.pid}`
    const steps = [`cp "$(command -v sleep)" ${name}; echo ready; exec ./${name} 1000`]
    await expect(rig.run({ record, steps })).rejects.toThrow('the store is down')
    expect(processesWith(name)).toEqual([])
    expect(await rig.jobFolders()).toEqual([])
  })

  test('a slow store slows the job and loses nothing', async () => {
    let inside = 0
    const record = async () => {
      expect(inside++).toBe(0)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inside--
    }
    const { text, result } = await rig.run({
      record,
      steps: ['for ((n = 0; n < 30000; n++)); do echo "line $n of thirty thousand"; done'],
    })
    expect(result.outcome).toBe('succeeded')
    expect(text.length).toBe(Array.from({ length: 30_000 }, (_, n) => `line ${n} of thirty thousand\n`).join('').length)
  })

  test('a job that kills its own shell has failed', async () => {
    const { result } = await rig.run({
      steps: [{ name: 'odd', run: 'kill -KILL $$; kill -TERM $$; sleep 0.2' }, 'echo next'],
    })
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^step 1 "odd" (was killed by|exited with)/),
    })
  })

  test('closing the runner ends the jobs that still run', async () => {
    const other = await startJobRig({ isolations: [isolation] })
    const name = `closed-${isolation}-${process.pid}`
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const job = other.run({
      record: async () => begin(),
      steps: [`cp "$(command -v sleep)" ${name}; echo ready; ./${name} 1000`],
    })
    const failed = job.catch((error: unknown) => error)
    await begun
    await other.close()
    expect(await failed).toBeInstanceOf(Error)
    await until(async () => processesWith(name).length === 0)
  })
})

test('F12 on a full disk a job is refused with the folder named, and runs when there is room again', async () => {
  const rig = JSON.stringify(new URL('../../test/rig/jobs.ts', import.meta.url).href)
  const script = `
    import { execFileSync } from 'node:child_process'
    import { rmSync } from 'node:fs'
    import { startJobRig } from ${rig}
    const [disk] = process.argv.slice(1)
    const rig = await startJobRig({ isolations: ['none'], workFolder: disk + '/jobs' })
    await rig.runner.isolation()
    execFileSync('bash', ['-c', 'cat /dev/zero > "$1"/filler || true', 'fill', disk], { stdio: 'ignore' })
    const full = await rig.run({ steps: ['true'] })
    rmSync(disk + '/filler')
    const within = await rig.run({ steps: ['cat /dev/zero > filler'] })
    const after = await rig.run({ steps: ['true'] })
    await rig.close()
    console.log(JSON.stringify([full.result, within.result, within.text, after.result]))`
  const disk = await mkdtemp(join(tmpdir(), 'lockflight-disk-'))
  try {
    // A file system of its own, in a mount namespace so that it works without being root.
    const mount = 'mount -t tmpfs -o size=4m tmpfs "$1" && exec "$2" --input-type=module-typescript -e "$3" "$1"'
    const unshare = [
      '--user',
      '--map-root-user',
      '--mount',
      'bash',
      '-c',
      mount,
      'bash',
      disk,
      process.execPath,
      script,
    ]
    const { stdout } = await promisify(execFile)('unshare', unshare)
    expect(JSON.parse(stdout)).toEqual([
      { outcome: 'failed', reason: expect.stringContaining(`${disk}/jobs`) },
      { outcome: 'failed', reason: 'step 1 "cat /dev/zero > filler" exited with 1' },
      expect.stringContaining('No space left on device'),
      expect.objectContaining({ outcome: 'succeeded' }),
    ])
  } finally {
    await rm(disk, { recursive: true })
  }
})

describe('what a job prints', () => {
  let rig: JobRig
  beforeAll(async () => {
    rig = await startJobRig({ limits: { line: 100, total: 10_000 } })
  })
  afterAll(() => rig.close())

  test('is cut where it is too long, and the log says what is missing', async () => {
    const { text, result } = await rig.run({
      steps: [
        'head -c 150 /dev/zero | tr "\\0" x',
        'echo next; for ((n = 0; n < 1000; n++)); do echo "$n and more"; done',
      ],
    })
    expect(result.outcome).toBe('succeeded')
    expect(text).toMatch(/^x{100} … \[50 more characters in this line were cut\]next\n0 and more\n/)
    expect(text).toMatch(/\n\[the log is cut here, after 10000 characters; the job goes on\]\n$/)
  })

  test('may be any bytes: characters cut in two, NUL, and what is no UTF-8', async () => {
    const { text } = await rig.run({ steps: [`printf '\\342\\202'; sleep 0.1; printf '\\254 a\\0b \\377\\n'`] })
    expect(text).toBe('€ a␀b \uFFFD\n')
  })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!(await holds())) {
    if (Date.now() > deadline) expect.fail('waited too long')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
