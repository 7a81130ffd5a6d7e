import { expect, test } from 'vitest'
import { subject, worldOf } from '../../test/rig/gate-world.ts'
import { window } from './window.ts'

const workHours = { rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', from: '09:00', to: '16:00' }

async function judged(settings: object, at = '2026-11-23T12:00:00Z') {
  const about = { ...subject, at: new Date(at) }
  const config = window.config.parse({ zone: 'Europe/Berlin', ...settings })
  const evidence = window.evidence.parse(await window.observe(config, about, worldOf({})))
  return window.judge(config, evidence, about)
}

test('inside its times it passes and says until when, in its zone and in UTC', async () => {
  expect(await judged({ allow: [workHours] })).toMatchObject({
    outcome: 'pass',
    reason: 'open until Mon 2026-11-23 16:00 Europe/Berlin (15:00 UTC)',
    expected: 'in FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR 09:00 to 16:00 (Europe/Berlin)',
    observed: 'Mon 2026-11-23 13:00 Europe/Berlin (12:00 UTC)',
    until: '2026-11-23T15:00:00.000Z',
  })
  expect(await judged({ deny: [{ from: '2020-01-01' }] })).toMatchObject({
    outcome: 'pass',
    reason: 'open for a year at least',
    until: null,
  })
})

test('outside it waits for the moment it opens', async () => {
  expect(await judged({ allow: [workHours] }, '2026-11-28T12:00:00Z')).toMatchObject({
    outcome: 'wait',
    reason: 'outside its times; opens Mon 2026-11-30 09:00 Europe/Berlin (08:00 UTC)',
    unblock: 'time: it opens Mon 2026-11-30 09:00 Europe/Berlin (08:00 UTC)',
    recheckAt: '2026-11-30T08:00:00.000Z',
  })
})

test('a freeze says why, and who could lift it when it has no end', async () => {
  const deny = [{ from: '2026-11-20', to: '2026-11-24', reason: 'stock-taking' }]
  expect(await judged({ allow: [workHours], deny })).toMatchObject({
    outcome: 'wait',
    reason: 'closed: stock-taking; opens Wed 2026-11-25 09:00 Europe/Berlin (08:00 UTC)',
  })
  expect(await judged({ deny: [{}] })).toMatchObject({
    outcome: 'fail',
    reason: 'closed: 00:00 to 24:00; it does not open within a year',
    unblock: 'someone with policy.edit, who gives it another time',
  })
})

test('a window without a rule, an unknown zone, or more rules than anyone reads are refused', () => {
  const wrong = [
    {},
    { allow: [] },
    { zone: 'Mars/Olympus', allow: [workHours] },
    { allow: [{ rrule: 'FREQ=SECONDLY' }] },
    { deny: Array.from({ length: 21 }, () => workHours) },
  ]
  for (const settings of wrong) expect(window.config.safeParse(settings).success, JSON.stringify(settings)).toBe(false)
})
