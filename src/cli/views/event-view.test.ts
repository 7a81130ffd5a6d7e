import { expect, test } from 'vitest'
import { plain } from '../look.ts'
import { eventText } from './event-view.ts'

const look = { paint: plain, now: new Date('2026-11-23T12:00:00Z') }
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const

test('one line with what can be read on it', () => {
  const event = {
    index: 3,
    at: '2026-11-23T11:59:58.123Z',
    type: 'deploy.completed',
    actor: 'lockflight@system',
    subject: digest('a'),
    environment: 'prod',
    data: { outcome: 'succeeded', seconds: 2, nested: {}, empty: '' },
  }
  expect(eventText(event, look)).toBe(
    '11:59:58 deploy.completed prod aaaaaaaa outcome=succeeded seconds=2 by lockflight@system',
  )
})

test('what is said once is not said again', () => {
  const data = { environment: 'prod', by: 'ana@local', reason: 'lunch' }
  const held = { index: 3, at: '2026-11-23T11:59:58.123Z', type: 'environment.held', actor: 'ana@local', data }
  expect(eventText({ ...held, subject: 'prod', environment: 'prod' }, look)).toBe(
    '11:59:58 environment.held prod reason=lunch by ana@local',
  )
})

test('moved traffic with its weights', () => {
  const data = { attempt: 1, weights: { live: 90, candidate: 10 } }
  const event = { index: 3, at: '2026-11-23T11:59:58.123Z', type: 'rollout.shifted', actor: 'lockflight@system', data }
  expect(eventText({ ...event, subject: 'p7', environment: 'prod' }, look)).toBe(
    '11:59:58 rollout.shifted prod p7 attempt=1 live=90% candidate=10% by lockflight@system',
  )
})

test('a long reason is shortened and stays on the line of its event', () => {
  const reason = `the command ended with 1:\r\n\tcannot reach the target\n${'🚚 '.repeat(300)}`
  const data = { outcome: 'failed', reason, attempt: 1 }
  const event = { index: 3, at: '2026-11-23T11:59:58.123Z', type: 'deploy.completed', actor: 'lockflight@system', data }
  const line = eventText({ ...event, subject: 'p7', environment: 'prod' }, look)
  expect(line).toMatch(
    /^11:59:58 deploy\.completed prod p7 outcome=failed reason=the command ended with 1: cannot reach the target (🚚 )+🚚?… attempt=1 by lockflight@system$/u,
  )
  expect(Array.from(line).length).toBeLessThan(220)
})

test('what went wrong is red, also where only its outcome says so', () => {
  const inColour = { ...look, paint: (colour: string, text: string) => `${colour}(${text})` }
  const event = { index: 3, at: '2026-11-23T11:59:58.123Z', actor: 'a', subject: 'p7' }
  const shown = (type: string, data: Record<string, unknown>) => eventText({ ...event, type, data }, inColour)
  expect(shown('deploy.completed', { outcome: 'succeeded' })).toContain('green(deploy.completed)')
  expect(shown('deploy.completed', { outcome: 'failed' })).toContain('red(deploy.completed)')
  expect(shown('gate.failed', {})).toContain('red(gate.failed)')
})
