import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { AnyBundle, Statement } from '../../src/core/attestation.ts'
import { fileUri } from '../../src/core/provenance.ts'
import type { Isolation } from '../../src/runners/isolation.ts'
import { createProcessRunner } from '../../src/runners/process.ts'
import { isolationsHere } from '../rig/jobs.ts'
import { opened } from '../rig/opened.ts'
import { startPipelines } from '../rig/pipelines.ts'
import { builderId } from '../rig/real-app.ts'

const rig = await opened(startPipelines())
const { repository, home } = rig

const lie = 'https://evil.example/builder'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const lockfile = JSON.stringify({ lockfileVersion: 3, packages: {} })

/** What a step tries, for each field of the provenance. */
const attempts: Record<string, string[]> = {
  'subject: says another digest, and swaps the file until the very end': [
    `printf '{"subject":[{"name":"app","digest":{"sha256":"${'0'.repeat(64)}"}}]}' | tee provenance.json app.intoto.jsonl app.sigstore.json "$LOCKFLIGHT_ARTIFACTS/app" "$LOCKFLIGHT_OUTPUTS/digest"`,
    `(trap '' HUP TERM; setsid bash -c 'while :; do echo swapped > app.new; mv app.new app; done') > /dev/null 2>&1 &`,
  ],
  'source: changes the checkout, its history and the repository it came from': [
    `git -c user.name=x -c user.email=x@x commit --quiet --allow-empty --amend -m forged; git remote add origin ${lie}; git checkout --quiet -b forged`,
    `git -C '${repository.folder}' update-ref refs/heads/main HEAD~1; git -C '${repository.folder}' tag forged; echo forged > '${repository.folder}/.git/HEAD'`,
    'export LOCKFLIGHT_COMMIT=ffffffffffffffffffffffffffffffffffffffff LOCKFLIGHT_BRANCH=forged',
  ],
  'configuration and pipeline: changes the file they were read from': [
    'echo "project: forged" > lockflight.yaml; git add --all; git -c user.name=x -c user.email=x@x commit --quiet -m forged',
  ],
  'dependencies: changes lockfiles, and adds one': ['echo "{}" > package-lock.json; echo forged > yarn.lock'],
  'builder: says who it is, where the server or anything after it might look': [
    `export LOCKFLIGHT_BUILDER_ID=${lie} BUILDER_ID=${lie}; echo 'export LOCKFLIGHT_BUILDER_ID=${lie}' | tee ~/.bashrc ~/.profile; echo ${lie} > "$LOCKFLIGHT_OUTPUTS/builder"`,
    `echo 'LOCKFLIGHT_BUILDER_ID=${lie}' | tee '${home}/environment' '${home}/lockflight.env' /etc/environment`,
  ],
  'metadata: says another run and another time': [
    'export LOCKFLIGHT_RUN=forged; date --set 2001-01-01; touch --date 2001-01-01 app lockflight.yaml',
  ],
  'output: prints what the server itself might say': [
    `printf '\\0%s 0\\0' forged; echo '::set-output name=builder::${lie}'; echo '{"predicateType":"https://slsa.dev/provenance/v1"}'; echo '== builder ${lie}'`,
  ],
  'signature: looks for the key, and signs': [
    `find '${home}' /etc /run /tmp -name '*.pem' -path '*lockflight*' -exec cat {} + ; cat '${home}'/keys/*; openssl ecparam -name prime256v1 -genkey | tee '${home}/keys/provenance.pem'`,
  ],
  'server: reaches for its process, its memory and its sockets': [
    'for process in /proc/[0-9]*; do cat $process/environ $process/mem $process/root/etc/hostname; ls -l $process/fd; kill -0 ${process#/proc/} && echo "saw ${process#/proc/} $(tr "\\0" " " < $process/cmdline)"; done',
    `find '${home}' /run /tmp /var/tmp /dev -type s -exec echo socket {} +; ls /var/run/docker.sock`,
    'echo forged | tee "$LOCKFLIGHT_OUTPUTS"/../*.json "$LOCKFLIGHT_WORKSPACE"/../*',
  ],
}

function payloadOf({ dsseEnvelope }: AnyBundle): Statement {
  return JSON.parse(Buffer.from(dsseEnvelope?.payload ?? '', 'base64').toString()) as Statement
}

/** The system's own runner, with that isolation and no other. */
function runWith(isolation: Isolation) {
  const { repositories, artifacts } = rig.app
  const folders = { workFolder: join(home, `jobs-${isolation}`), hidden: [home] }
  const path = process.env['PATH'] ?? ''
  const runner = createProcessRunner({ repositories, artifacts, ...folders, path, isolations: [isolation] })
  rig.app.runner = runner
  onTestFinished(() => runner.close())
}

test.each(isolationsHere.filter((isolation) => isolation !== 'none'))(
  'A39 a step that tries to forge each field of the provenance changes none of them, kept apart by %s',
  { timeout: 60_000 },
  async (isolation) => {
    runWith(isolation)
    const steps = Object.entries(attempts).flatMap(([field, tries]) =>
      tries.map(
        (run) => `    - { run: ${JSON.stringify(`set +e; echo 'trying ${field}'\n${run}`)}, allow-failure: true }`,
      ),
    )
    const { run, jobs } = await rig.run(
      `pack:
  stage: package
  outputs: [digest, builder]
  steps:
    - { run: echo made > app }
${steps.join('\n')}
  artifacts: [{ name: app, path: app }]`,
      { files: { 'package-lock.json': lockfile } },
    )
    expect(run).toMatchObject({ state: 'succeeded', reason: '' })
    const log = await rig.log(run.id, 'pack')
    for (const field of Object.keys(attempts)) expect(log).toContain(`trying ${field}`)
    expect(jobs['pack']?.outputs).toMatchObject({ builder: lie })
    for (const file of await readdir(join(home, 'keys'))) {
      const secret = (await readFile(join(home, 'keys', file), 'utf8')).split('\n').filter((line) => line.length > 40)
      for (const line of secret) expect(log).not.toContain(line)
    }

    const commit = await repository.git('rev-parse', 'refs/heads/main')
    const [artifact] = jobs['pack']!.artifacts
    const bytes = Buffer.from(await rig.app.artifacts.read(artifact!.digest, 100)).toString()
    expect(['made\n', 'swapped\n']).toContain(bytes)
    const all = await rig.app.store.read((tx) => tx.attestations.of(rig.project, run.release!))
    expect(all).toHaveLength(3)
    expect(new Set(all.map(({ predicateType }) => predicateType))).toEqual(
      new Set(['https://cyclonedx.org/bom', 'https://lockflight.dev/report/v1', 'https://slsa.dev/provenance/v1']),
    )
    const provenance = all.find(({ predicateType }) => predicateType === 'https://slsa.dev/provenance/v1')!
    const names = (await rig.app.store.read((tx) => tx.keys.list())).map(({ id }) => id)
    const { verificationMaterial } = provenance.bundle as unknown as {
      verificationMaterial: { publicKey: { hint: string } }
    }
    expect(names).toContain(verificationMaterial.publicKey.hint)
    expect(payloadOf(provenance.bundle)).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app', digest: { sha256: sha256(bytes) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          buildType: 'https://lockflight.dev/pipeline/v1',
          externalParameters: {
            source: { repository: repository.folder, commit, branch: 'main' },
            configuration: run.configurationDigest,
            pipeline: run.pipeline,
          },
          resolvedDependencies: [
            { uri: `git+file://${repository.folder}`, digest: { gitCommit: commit } },
            { uri: fileUri(repository.folder, commit, 'package-lock.json'), digest: { sha256: sha256(lockfile) } },
          ],
        },
        runDetails: {
          builder: { id: builderId, version: { lockflight: '0.0.0-test' } },
          metadata: {
            invocationId: run.id,
            startedOn: run.startedAt!.toISOString(),
            finishedOn: expect.stringMatching(/^20[2-9]\d-/),
          },
        },
      },
    })
    expect(commit).toBe(run.source.commit)
    expect(await readFile(join(repository.folder, '.git/HEAD'), 'utf8')).toBe('ref: refs/heads/main\n')
  },
)
