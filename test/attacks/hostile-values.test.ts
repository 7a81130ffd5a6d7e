import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerPromotion } from '../../src/app/answer-promotion.ts'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { startPipelines, type PipelinesRig } from '../rig/pipelines.ts'

let rig: PipelinesRig
beforeEach(async () => {
  rig = await startPipelines()
})
afterEach(() => rig.stop())

const apply = (environments: string) =>
  applyRevision(rig.app, rig.admin, {
    project: 'shop',
    text: `project: shop\nenvironments:\n${environments.replaceAll(/^/gm, '  ')}`,
    file: 'lockflight.yaml',
    dryRun: false,
  })

async function ask(release: string, reason = '') {
  const asked = { project: 'shop', environment: 'prod', class: 'standard', release, reason } as const
  const { id } = await requestPromotion(rig.app, rig.admin, asked)
  await rig.drain()
  return id
}

const written = (file: string) => readFile(join(rig.folder, file), 'utf8').catch(() => '')

const pack = (text: string) => `
pack:
  stage: package
  steps: [{ run: '${text}' }]
  artifacts: [{ name: app, path: app }]
`

test('A20 a hostile branch, message, author, output and reason reach no gate, deployer, router or verification as code', async () => {
  const canary = join(rig.folder, 'pwned')
  const commands = ['x";touch${IFS}CANARY;"', "'||touch${IFS}CANARY||'", '$(touch${IFS}CANARY)', '`touch${IFS}CANARY`']
  const branch = commands.join('').replaceAll('CANARY', canary)
  const words = `${branch}\n\n$(touch ${canary})\n-oProxyCommand=touch ${canary}\n\${{ secrets.KEY }}`
  const note = (who: string) => `printf "%s\\n" "${who} $LOCKFLIGHT_BRANCH" >> ${rig.folder}/told`
  await apply(`
prod:
  gates: [{ use: command, run: '${note('gate')}' }]
  deploy: { use: command, run: '${note('deployer')}' }
  verify: [{ use: command, run: '${note('verification')}' }]
  rollout:
    use: canary
    router: { use: command, run: '${note('router')}' }
    steps: [{ weight: 50, check: [{ use: command, run: '${note('check')}' }] }]
`)
  const jobs = `
speak:
  stage: build
  outputs: [words]
  steps: [{ run: git log -1 --format=%B > $LOCKFLIGHT_OUTPUTS/words }]
pack:
  stage: package
  needs: [speak]
  steps:
    - run: test -z "$INJECTED"; printf "%s" "$OUTPUT_SPEAK_WORDS" > app; grep -q INJECTED app
  artifacts: [{ name: app, path: app }]
`
  const about = { message: `${words}\nINJECTED=1`, branch, author: { name: `$(touch ${canary})`, email: 'x;id@y' } }
  for (const more of ['', '# another commit, so that there is a live release to shift traffic from\n']) {
    const { run } = await rig.run(jobs + more, about)
    expect(run).toMatchObject({ state: 'succeeded', source: { branch } })
    const id = await ask(run.release!, branch)
    expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
  }
  const told = (await written('told')).trimEnd().split('\n')
  expect(new Set(told)).toEqual(
    new Set(['gate', 'deployer', 'router', 'check', 'verification'].map((who) => `${who} ${branch}`)),
  )
  await expect(access(canary)).rejects.toThrow('ENOENT')
}, 60_000)

test('A03 a tag that moves, and an artifact made again under its name, change nothing of what was approved', async () => {
  const deploy = `run: 'cat "$LOCKFLIGHT_ARTIFACT_APP" >> ${rig.folder}/deployed'`
  await apply(`prod: { gates: [{ use: approval, count: 1 }], deploy: { use: command, ${deploy} } }`)
  const bob = await rig.addMember('bob', ['approver'])
  await rig.commit(pack('echo one > app'))
  await rig.repository.git('tag', 'v1')
  const approved = await rig.start('v1')

  // Before the run begins, and again before the approval, the tag points at something else.
  await rig.commit(pack('echo two > app'))
  await rig.repository.git('tag', '--force', 'v1')
  await rig.drain()
  const { run: first } = await rig.went(approved.id)
  const id = await ask(first.release!)
  const again = await rig.start('v1')
  await rig.drain()
  const { run: second } = await rig.went(again.id)
  expect(second.source.commit).not.toBe(first.source.commit)
  expect(second.release).not.toBe(first.release)

  await answerPromotion(rig.app, bob, { project: 'shop', id, decision: 'approve', reason: 'one it is' })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded', release: first.release })
  expect(await written('deployed')).toBe('one\n')
}, 60_000)
