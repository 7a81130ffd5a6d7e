import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { permissions, roles, type Grant, type Resource, type Role } from '../core/access.ts'
import { lockflight, type Actor } from '../core/actor.ts'
import { createAccess } from './cedar.ts'
import { permissionsOf } from './roles.ts'

const access = createAccess()
const ana: Actor = { id: 'ana@local', kind: 'human', name: 'Ana' }
const bot: Actor = { id: 'bot@local', kind: 'machine', name: 'Bot' }
const prod: Resource = { project: 'checkout', environment: 'prod' }
const checkout: Resource = { project: 'checkout', environment: null }
const everywhere: Resource = { project: null, environment: null }

function grant(role: Role, { project, environment }: Resource = checkout, actor = ana.id): Grant {
  return { actor, role, project, environment }
}

test('without a grant nothing is allowed', () => {
  for (const permission of permissions) expect(access.allows(ana, permission, prod, [])).toBe(false)
})

test('a role allows what its row says, and nothing else', () => {
  for (const role of roles) {
    const allowed = permissions.filter((permission) => access.allows(ana, permission, prod, [grant(role)]))
    expect(new Set(allowed), role).toEqual(new Set(permissionsOf[role]))
  }
})

test('someone else’s grant allows nothing', () => {
  expect(access.allows(ana, 'project.read', checkout, [grant('admin', everywhere, bot.id)])).toBe(false)
})

test('a grant for one environment holds there only, and shows its project', () => {
  const grants = [grant('operator', prod)]
  expect(access.allows(ana, 'rollback.request', prod, grants)).toBe(true)
  expect(access.allows(ana, 'rollback.request', { ...prod, environment: 'stg' }, grants)).toBe(false)
  expect(access.allows(ana, 'rollback.request', checkout, grants)).toBe(false)
  expect(access.allows(ana, 'project.read', checkout, grants)).toBe(true)
  expect(access.allows(ana, 'project.read', { project: 'payments', environment: null }, grants)).toBe(false)
})

test('names that only begin alike are different places', () => {
  const grants = [grant('admin', { project: 'checkout', environment: 'prod' })]
  for (const other of ['prod-2', 'pro', 'prod ']) {
    expect(access.allows(ana, 'environment.hold', { project: 'checkout', environment: other }, grants)).toBe(false)
  }
  expect(access.allows(ana, 'environment.hold', { project: 'checkout-prod', environment: null }, grants)).toBe(false)
})

test('A01 neither a machine nor Lockflight itself may approve, whatever it was granted', () => {
  for (const actor of [bot, lockflight]) {
    const grants = roles.map((role) => grant(role, everywhere, actor.id))
    expect(access.allows(actor, 'promotion.approve', prod, grants)).toBe(false)
    expect(access.allows(actor, 'promotion.request', prod, grants)).toBe(true)
  }
})

test('the admin of everything may not approve without being an approver', () => {
  expect(access.allows(ana, 'promotion.approve', prod, [grant('admin', everywhere)])).toBe(false)
  expect(access.allows(ana, 'promotion.approve', prod, [grant('admin', everywhere), grant('approver', prod)])).toBe(
    true,
  )
})

test('A40 a token for one project is worth nothing elsewhere', () => {
  const narrowed: Actor = { ...ana, scope: { project: 'checkout' } }
  const grants = [grant('admin', everywhere)]
  expect(access.allows(narrowed, 'environment.hold', prod, grants)).toBe(true)
  expect(access.allows(narrowed, 'environment.hold', { project: 'payments', environment: 'prod' }, grants)).toBe(false)
  expect(access.allows(narrowed, 'member.edit', everywhere, grants)).toBe(false)
})

test('A40 a token for some permissions allows no others, and none its owner lacks', () => {
  const narrowed: Actor = { ...ana, scope: { permissions: ['run.start', 'policy.edit'] } }
  const grants = [grant('developer')]
  expect(permissions.filter((permission) => access.allows(narrowed, permission, prod, grants))).toEqual(['run.start'])
})

const place = fc.constantFrom<Resource>(
  everywhere,
  checkout,
  prod,
  { ...prod, environment: 'stg' },
  {
    project: 'payments',
    environment: 'prod',
  },
)
const covers = (granted: Resource, asked: Resource) =>
  granted.project === null ||
  (granted.project === asked.project && (granted.environment === null || granted.environment === asked.environment))

test('for any grants the answer is that of the plain rule', () => {
  const someGrants = fc.array(fc.record({ role: fc.constantFrom(...roles), where: place }), { maxLength: 4 })
  fc.assert(
    fc.property(someGrants, fc.constantFrom(...permissions), place, (given, permission, asked) => {
      const expected = given.some(
        ({ role, where }) =>
          (permissionsOf[role].includes(permission) && covers(where, asked)) ||
          (permission === 'project.read' && covers({ ...where, environment: null }, asked)),
      )
      const grants = given.map(({ role, where }) => grant(role, where))
      expect(access.allows(ana, permission, asked, grants)).toBe(expected)
    }),
  )
})
