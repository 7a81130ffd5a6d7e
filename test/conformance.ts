import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
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

/** Decided three times: no verdict may depend on what the clock of the machine says. */
const times = [null, '2020-01-01 00:00:00', '2031-06-01 00:00:00']
const clocks = isInstalled('faketime', [binFolder]) ? times : [null]
if (clocks.length === 1)
  console.log('clocks: only this one, as there is no faketime: node test/carry-tools.ts faketime')
const alone = withoutNetwork()
if (!alone) console.log('network: left as it is, as nobody may take it away here (unshare --net)')

const results: string[] = []
for (const [name, expectations] of Object.entries(suites)) {
  const verdicts = clocks.map((time) => ({
    time,
    said: decide(
      expectations.map(({ argv }) => argv),
      time,
    ),
  }))
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

/** The verdicts of one batch, in a process without network whose clock shows that time. */
function decide(cases: string[][], time: string | null): string[] {
  const command = [process.execPath, join(import.meta.dirname, '../bin/lockflight'), 'conform', '--batch']
  const [program = '', ...args] = [...(alone ?? []), ...(time === null ? [] : ['faketime', time]), ...command]
  const { stdout } = spawnSync(program, args, {
    input: cases.map((argv) => `${JSON.stringify(argv)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PATH: `${process.env['PATH']}${delimiter}${binFolder}` },
  })
  const lines = stdout.trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { verdict: string }).verdict)
}

/** How to start a process in a network of its own, which has nothing in it; null where that is not allowed. */
function withoutNetwork(): string[] | null {
  const ways = [
    ['unshare', '--net'],
    ['unshare', '--map-root-user', '--net'],
  ]
  return ways.find(([program = '', ...args]) => spawnSync(program, [...args, 'true']).status === 0) ?? null
}
