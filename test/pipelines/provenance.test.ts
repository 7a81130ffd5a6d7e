import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { opened } from '../rig/opened.ts'
import type { Attestation } from '../../src/core/attestation.ts'
import { digestOfJson } from '../../src/core/digest.ts'
import { provenanceType } from '../../src/core/provenance.ts'
import type { Run } from '../../src/core/run.ts'
import { verifyBundle } from '../../src/core/verify-bundle.ts'
import { startPipelines } from '../rig/pipelines.ts'
import { builderId } from '../rig/real-app.ts'

const rig = await opened(startPipelines())

/** What was signed of how the release of a run was built, oldest first, each believed with the installation's own key. */
async function statementsOf({ release }: Pick<Run, 'release'>) {
  const { keys, attestations } = await rig.app.store.read(async (tx) => ({
    keys: await tx.keys.list(),
    attestations: await tx.attestations.of(rig.project, release!),
  }))
  const provenances = attestations.filter(({ predicateType }) => predicateType === provenanceType)
  return provenances.toSorted(byAge).map(({ bundle, digest }) => {
    const verified = verifyBundle(bundle, keys)
    if (!verified.verified) throw new Error(verified.message)
    expect(digestOfJson(bundle)).toBe(digest)
    return verified.statement
  })
}

function byAge(one: Attestation, other: Attestation): number {
  return one.createdAt.getTime() - other.createdAt.getTime()
}

const packOnly = `pack: { stage: package, steps: [{ run: echo made > app }], artifacts: [{ name: app, path: app }] }`

test('the provenance of a release says exactly what was built, from what, by whom and how', async () => {
  const jobs = `
compile: { stage: build, steps: [{ run: echo object > app.o }], artifacts: [{ name: app.o, path: app.o }] }
pack:
  stage: package
  needs: [compile]
  env: { LEVEL: '3' }
  steps: [{ run: cat $LOCKFLIGHT_ARTIFACTS/app.o > app; echo notes > notes }]
  artifacts: [{ name: app, path: app }, { name: notes, path: notes }]
`
  const { run } = await rig.run(jobs)
  const statements = await statementsOf(run)
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(statements).toEqual([
    {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [
        { name: 'app', digest: { sha256: sha256('object\n') } },
        { name: 'notes', digest: { sha256: sha256('notes\n') } },
      ],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          buildType: 'https://lockflight.dev/pipeline/v1',
          externalParameters: {
            source: { repository: rig.repository.folder, commit: run.source.commit, branch: 'main' },
            configuration: run.configurationDigest,
            pipeline: run.pipeline,
          },
          resolvedDependencies: [
            { uri: `git+file://${rig.repository.folder}`, digest: { gitCommit: run.source.commit } },
          ],
        },
        runDetails: {
          builder: { id: builderId, version: { lockflight: '0.0.0-test' } },
          metadata: {
            invocationId: run.id,
            startedOn: run.startedAt!.toISOString(),
            finishedOn: expect.stringMatching(/^\d{4}-.*Z$/),
          },
        },
      },
    },
  ])
  expect(run.pipeline.jobs['pack']).toMatchObject({ env: { LEVEL: '3' }, needs: ['compile'] })
  expect(await rig.repository.git('rev-parse', 'main')).toBe(run.source.commit)
})

test('building the same commit to the same bytes again gives the same release, with a provenance for each build', async () => {
  const { run: first } = await rig.run(packOnly)
  const { id } = await rig.start()
  await rig.drain()
  const { run: second } = await rig.went(id)
  expect(second.release).toBe(first.release)
  const runs = (await statementsOf(first)).map(({ predicate }) => predicate['runDetails'])
  expect(runs).toMatchObject([first, second].map((run) => ({ metadata: { invocationId: run.id } })))
  const created = (await rig.entries()).filter(({ type, subject }) => {
    return type === 'release.created' && subject === first.release
  })
  expect(created).toHaveLength(1)
})

test('other bytes, another commit or another branch make another release', async () => {
  const { run: first } = await rig.run(packOnly)
  const { run: otherCommit } = await rig.run(packOnly, { message: 'Only the commit differs' })
  const { run: otherBranch } = await rig.run(packOnly, { branch: 'side' })
  const { run: otherBytes } = await rig.run(packOnly.replace('made', 'made anew'))
  const releases = [first, otherCommit, otherBranch, otherBytes].map(({ release }) => release)
  expect(new Set(releases).size).toBe(4)
  expect(releases).not.toContain(null)
})

test('a job reaches neither the signing key nor anything else of the installation', async () => {
  await access(join(rig.home, 'keys', 'provenance.pem'))
  const { run } = await rig.run(`
thief:
  stage: build
  steps:
    - run: cat ${rig.home}/keys/provenance.pem && echo stolen
      allow-failure: true
    - run: ls -A ${rig.home} | grep . && echo seen
      allow-failure: true
    - run: echo forged > ${rig.home}/keys/provenance.pem && echo forged
      allow-failure: true
`)
  const log = await rig.log(run.id, 'thief')
  expect(log).toContain('== cat ')
  expect(log).not.toMatch(/^(stolen|seen|forged|.*PRIVATE KEY.*)$/m)
  expect(await statementsOf((await rig.run(packOnly)).run)).toHaveLength(1)
})
