import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
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

const results: string[] = []
for (const [name, expectations] of Object.entries(suites)) {
  const verdicts = await decide(expectations.map(({ argv }) => argv))
  const wrong = expectations.filter(({ accepted }, index) => (verdicts[index] === 'accepted') !== accepted)
  for (const { what, accepted } of wrong) console.log(`${name}: ${what} must be ${accepted ? 'accepted' : 'refused'}`)
  results.push(`${name} ${expectations.length - wrong.length}/${expectations.length}`)
  if (wrong.length > 0 || expectations.length === 0) process.exitCode = 1
}
console.log(results.join('\n'))

async function decide(cases: string[][]): Promise<string[]> {
  const child = spawn(join(import.meta.dirname, '../bin/lockflight'), ['conform', '--batch'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(cases.map((argv) => `${JSON.stringify(argv)}\n`).join(''))
  const lines = (await text(child.stdout)).trimEnd().split('\n')
  return lines.map((line) => (JSON.parse(line) as { verdict: string }).verdict)
}
