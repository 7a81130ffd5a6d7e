import { spawn, spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { binFolder } from './carried-tools.ts'
import { isInstalled } from './is-installed.ts'
import { sigstoreCases } from './rig/conformance.ts'

/*
 * Runs public conformance data against the command line, as `lockflight conform` decides it:
 *
 *   npm run conformance -- ../shared/conformance
 */

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('expected the folder of the data: npm run conformance -- <folder>')
  process.exit(2)
}

/** What is asked, and whether it has to be accepted. */
interface Expectation {
  what: string
  argv: string[]
  accepted: boolean
}

const suites: Record<string, Expectation[]> = {
  'sigstore-conformance': sigstoreCases(folder).flatMap((one) => {
    const { signer } = one
    const signed =
      'key' in signer
        ? ['--key', signer.key]
        : ['--certificate-identity', signer.identity, '--certificate-oidc-issuer', signer.issuer]
    const common = ['verify-bundle', '--bundle', one.bundle, '--trusted-root', one.trustedRoot, ...signed]
    return [one.artifact, `sha256:${one.sha256}`].map((artifact) => ({
      what: `${one.name} ${artifact}`,
      argv: [...common, artifact],
      accepted: one.accepted,
    }))
  }),
  rfc6962: ['inclusion', 'consistency'].flatMap((kind) =>
    globSync(`merkle/${kind}/**/*.json`, { cwd: folder })
      .toSorted()
      .map((name) => {
        const path = join(folder, name)
        const { wantErr } = JSON.parse(readFileSync(path, 'utf8')) as { wantErr: boolean }
        return { what: name, argv: [`tlog-${kind}`, path], accepted: !wantErr }
      }),
  ),
}

const mostSeconds = 10
const mostMebibytes = 512

/** Told by the process itself as it ends: the peak of its memory, in mebibytes. */
const tellPeak = `import { writeSync } from 'node:fs'
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS / 1024)))`

/** Decided three times: no verdict may depend on what the clock of the machine says. */
const times = [null, '2020-01-01 00:00:00', '2031-06-01 00:00:00']
const clocks = isInstalled('faketime', [binFolder]) ? times : [null]
if (clocks.length === 1)
  console.log('clocks: only this one, as there is no faketime: node test/carry-tools.ts faketime')
const alone = withoutNetwork()
if (!alone) console.log('network: left as it is, as nobody may take it away here (unshare --net)')

const results: string[] = []
for (const [name, expectations] of Object.entries(suites)) {
  const cases = expectations.map(({ argv }) => argv)
  const verdicts: { time: string | null; said: string[] }[] = []
  for (const time of clocks) verdicts.push({ time, said: await decide(cases, time) })
  const wrong = expectations.filter(({ what, accepted }, index) => {
    const others = verdicts.filter(({ said }) => (said[index] === 'accepted') !== accepted)
    const when = others.map(({ time }) => time ?? 'now').join(', ')
    if (others.length > 0) console.log(`${name}: ${what} must be ${accepted ? 'accepted' : 'refused'} (clock: ${when})`)
    return others.length > 0
  })
  results.push(`${name} ${expectations.length - wrong.length}/${expectations.length}`)
  if (wrong.length > 0 || expectations.length === 0) process.exitCode = 1
}
console.log(results.join('\n'))

/** The verdicts of one batch, in a process without network whose clock shows that time; each in its time, all in the memory of one. */
async function decide(cases: string[][], time: string | null): Promise<string[]> {
  const node = [process.execPath, `--import=data:text/javascript,${encodeURIComponent(tellPeak)}`]
  const command = [...node, join(import.meta.dirname, '../bin/lockflight'), 'conform', '--batch']
  const [program = '', ...args] = [...(alone ?? []), ...(time === null ? [] : ['faketime', time]), ...command]
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}${delimiter}${binFolder}` },
  })
  const peak = text(child.stdio[3] as Readable)
  child.stdin!.end(cases.map((argv) => `${JSON.stringify(argv)}\n`).join(''))
  const said: string[] = []
  let last = performance.now()
  for await (const line of createInterface(child.stdout!)) {
    const seconds = (performance.now() - last) / 1000
    if (seconds > mostSeconds)
      fail(`${cases[said.length]?.join(' ')} took ${seconds.toFixed(1)} s, expected ${mostSeconds}`)
    last = performance.now()
    said.push((JSON.parse(line) as { verdict: string }).verdict)
  }
  const mebibytes = Number(await peak)
  if (!(mebibytes < mostMebibytes))
    fail(`the batch took ${mebibytes} MiB of memory, expected less than ${mostMebibytes}`)
  return said
}

function fail(message: string): void {
  console.log(message)
  process.exitCode = 1
}

/** How to start a process in a network of its own, which has nothing in it; null where that is not allowed. */
function withoutNetwork(): string[] | null {
  const ways = [
    ['unshare', '--net'],
    ['unshare', '--map-root-user', '--net'],
  ]
  return ways.find(([program = '', ...args]) => spawnSync(program, [...args, 'true']).status === 0) ?? null
}
