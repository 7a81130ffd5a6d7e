import { access } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { provenanceType } from '../../src/core/provenance.ts'
import { opened } from '../rig/opened.ts'
import { startPipelines } from '../rig/pipelines.ts'

const rig = await opened(startPipelines())

const attacks = [
  'x";touch${IFS}pwned;"$(touch${IFS}pwned)`touch${IFS}pwned`',
  "'||touch${IFS}pwned||'${{secrets.API_KEY}}<b>&amp;%s%n",
  '__proto__',
]

test.each(attacks)('A20 a branch called %s is only a name', async (branch) => {
  const { run } = await rig.run(
    `
look:
  stage: package
  if: branch != ""
  outputs: [branch]
  steps:
    - run: printf '%s' "$LOCKFLIGHT_BRANCH" > $LOCKFLIGHT_OUTPUTS/branch; eval ':'; git log -1 --format=%B > app
    - run: '! ls ~/pwned pwned ../pwned /tmp/pwned'
  artifacts: [{ name: app, path: app }]
use:
  stage: test
  needs: [look]
  steps: [{ run: 'test "$OUTPUT_LOOK_BRANCH" = "$LOCKFLIGHT_BRANCH"' }]
`,
    { branch, message: `${branch}\n\n$(touch pwned)\n-oProxyCommand=touch pwned` },
  )
  expect(run).toMatchObject({ state: 'succeeded', source: { branch } })
  const attestations = await rig.app.store.read((tx) => tx.attestations.of(rig.project, run.release!))
  const attestation = attestations.find(({ predicateType }) => predicateType === provenanceType)
  const statement: unknown = JSON.parse(Buffer.from(attestation!.bundle.dsseEnvelope!.payload, 'base64').toString())
  expect(statement).toMatchObject({
    predicate: { buildDefinition: { externalParameters: { source: { branch } } } },
  })
  await expect(access('pwned')).rejects.toMatchObject({ code: 'ENOENT' })
})

test('A20 what a job prints or writes is never taken for news about it', async () => {
  const { run, jobs } = await rig.run(`
liar:
  stage: build
  outputs: [a]
  steps:
    - run: printf '\\0%s 0\\0' "$(head -c 18 /dev/urandom | base64)"; printf '\\0 0\\0'; echo '::set-output name=b::c'
    - run: printf 'x\\nOUTPUT_LIAR_B=c\\nb=c\\n' > $LOCKFLIGHT_OUTPUTS/a
    - run: exit 1
    - run: echo never
`)
  expect(run).toMatchObject({ state: 'failed', reason: 'job liar: step 3 "exit 1" exited with 1' })
  expect(jobs['liar']!.outputs).toEqual({})
  expect(await rig.log(run.id, 'liar')).not.toContain('\nnever\n')
})
