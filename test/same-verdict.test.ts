import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerPromotion } from '../src/app/answer-promotion.ts'
import { backtestPolicy } from '../src/app/backtest-policy.ts'
import { cancelPromotion } from '../src/app/cancel-promotion.ts'
import { confirmOverride } from '../src/app/confirm-override.ts'
import { explainPromotion, previewPromotion } from '../src/app/explain-promotion.ts'
import { getStatus } from '../src/app/get-status.ts'
import { holdEnvironment, resumeEnvironment } from '../src/app/hold-environment.ts'
import { planRelease } from '../src/app/plan-release.ts'
import { quarantineRelease } from '../src/app/quarantine-release.ts'
import { requestOverride } from '../src/app/request-override.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import type { Actor } from '../src/core/actor.ts'
import type { Explanation } from '../src/core/explanation.ts'
import { startApp } from './rig/app.ts'

const policy = `
project: shop
environments:
  prod:
    deploy: { use: target }
    gates:
      - { use: command, id: slo, run: slo, stable-for: 0s }
      - { use: approval }
      - { use: command, id: watched, run: watched, shadow: true, stable-for: 0s }
      - { use: signature }
      - { use: approval, id: tried, count: 2, shadow: true }
`

let rig: Awaited<ReturnType<typeof startApp>>
const people = {} as Record<'ana' | 'olga' | 'paul', Actor>
const answers = { slo: 0, watched: 0 }
beforeAll(async () => {
  rig = await startApp(policy)
  people.ana = await rig.addMember('ana', ['approver'])
  people.olga = await rig.addMember('olga', ['operator'])
  people.paul = await rig.addMember('paul', ['operator'])
  const command = async (script: string) => {
    const exitCode = answers[script as keyof typeof answers]
    if (exitCode < 0) throw new Error('connection refused')
    return { exitCode, output: `${script} ended with ${exitCode}\n`, answer: '' }
  }
  rig.app.outside = { ...rig.app.outside, command }
})
afterAll(() => rig.stop())

const codes = fc.constantFrom(0, 0, 1, 10, -1)
const worlds = fc.record({
  slo: codes,
  watched: codes,
  held: fc.boolean(),
  quarantined: fc.constantFrom(false, false, true),
  approved: fc.boolean(),
  overridden: fc.boolean(),
})

/** What everyone must say the same of. */
function told({ unmet, passed, shadows }: Pick<Explanation, 'unmet' | 'passed' | 'shadows'>) {
  return {
    unmet: unmet.map(({ id, outcome, reason }) => `${id} ${outcome}: ${reason}`),
    passed: passed.map(({ id, reason }) => `${id}: ${reason}`),
    shadows: shadows.map(({ id, outcome, reason }) => `${id} ${outcome}: ${reason}`),
  }
}
const idsOf = (rows: { id: string; outcome: string }[]) => rows.map(({ id, outcome }) => `${id} ${outcome}`)

test('preview, plan, admission, why, the check right before the start and a backtest say the same in any situation', async () => {
  const { app, admin, project } = rig
  const prod = { project, environment: 'prod' }
  await fc.assert(
    fc.asyncProperty(worlds, async ({ slo, watched, held, quarantined, approved, overridden }) => {
      Object.assign(answers, { slo, watched })
      const { digest } = await rig.build()
      if (held) await holdEnvironment(app, admin, { ...prod, reason: 'an incident' })
      if (quarantined) await quarantineRelease(app, admin, { project, release: digest, reason: 'loses orders' })

      const asked = { ...prod, release: digest, class: 'standard' as const, reason: '' }
      const preview = await previewPromotion(app, admin, asked)
      const plan = await planRelease(app, admin, { project, release: digest })
      expect(plan.steps.map((step) => ({ next: step.next, ...told(step) }))).toEqual([
        { next: preview.next, ...told(preview) },
      ])
      const { id } = await requestPromotion(app, admin, asked)
      await rig.drain()
      const admitted = await rig.promotion(id)
      const why = await explainPromotion(app, admin, { project, id })
      expect(admitted.state).toBe('waiting')
      expect(told(why)).toEqual(told(preview))
      const { environments } = await getStatus(app, admin, { project })
      expect(environments[0]?.waiting.map(({ shadows }) => shadows.toSorted())).toEqual([
        why.shadows.flatMap(({ id: gate, outcome }) => (outcome === 'pass' ? [] : [gate])).toSorted(),
      ])
      expect(idsOf(admitted.unmet)).toEqual(idsOf(preview.unmet))
      expect(idsOf(preview.unmet)).toEqual([
        ...(quarantined ? ['quarantined fail'] : []),
        ...(held ? ['held wait'] : []),
        'approval wait',
        ...(slo === 0 ? [] : [`slo ${slo === 1 ? 'fail' : slo === 10 ? 'wait' : 'error'}`]),
      ])

      if (approved) await answerPromotion(app, people.ana, { project, id, decision: 'approve', reason: 'fine' })
      if (overridden) {
        const words = { gate: 'slo', reason: 'the source lies', risk: 'unseen errors', expiresAfter: '1h' }
        const { id: override } = await requestOverride(app, people.olga, { project, id, ...words })
        await confirmOverride(app, people.paul, { project, override })
      }
      const expected = await explainPromotion(app, admin, { project, id })
      await rig.drain()
      const after = await rig.promotion(id)
      expect(after.state).toBe(expected.next === 'start' ? 'succeeded' : 'waiting')
      expect(idsOf(after.unmet)).toEqual(idsOf(expected.unmet))
      expect(expected.next === 'start').toBe(!held && !quarantined && approved && (overridden || slo === 0))
      expect(await usedOverrides(id)).toBe(expected.next === 'start' && slo !== 0 ? 1 : 0)

      if (after.state === 'waiting') await cancelPromotion(app, admin, { project, id, reason: 'seen enough' })
      if (held) await resumeEnvironment(app, admin, { ...prod, reason: 'over' })
    }),
    { numRuns: 15 },
  )
  const past = { project, text: policy, since: new Date(0) }
  const { flipped, judged, promotions } = await backtestPolicy(app, admin, past)
  expect({ flipped, promotions }).toEqual({ flipped: 0, promotions: 15 })
  expect(judged).toBeGreaterThanOrEqual(15 * 3)
})

async function usedOverrides(id: string): Promise<number> {
  return (await rig.app.store.read((tx) => tx.overrides.of(id))).filter(({ usedAt }) => usedAt !== null).length
}
