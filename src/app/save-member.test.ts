import { expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { opened } from '../../test/rig/opened.ts'
import { shop } from '../../test/rig/server.ts'
import { addGrant } from './add-grant.ts'
import { disableMember } from './disable-member.ts'
import { joinGroup } from './join-group.ts'
import { leaveGroup } from './leave-group.ts'
import { listGroups } from './list-groups.ts'
import { listMembers } from './list-members.ts'
import { removeGrant } from './remove-grant.ts'
import { saveMember } from './save-member.ts'

const rig = await opened(startApp(shop))

const human = (subject: string, emails: string[] = []) => ({
  subject,
  kind: 'human' as const,
  name: 'Some One',
  emails,
})
const typesSince = async (count: number) => (await rig.entries()).slice(count).map(({ type }) => type)

test('a member is added once, changed after that, and enabled again by saving', async () => {
  const { app, admin } = rig
  const { length } = await rig.entries()
  const added = await saveMember(app, admin, human('eve', ['Eve@Example.org', 'eve@example.org']))
  expect(added).toMatchObject({ id: 'eve@local', emails: ['eve@example.org'], disabled: false })
  expect((await disableMember(app, admin, { actor: 'eve@local' })).disabled).toBe(true)
  const again = await saveMember(app, admin, { ...human('eve'), name: 'Eve' })
  expect(again).toMatchObject({ name: 'Eve', emails: [], disabled: false, createdAt: added.createdAt })
  expect(await typesSince(length)).toEqual(['member.added', 'member.disabled', 'member.changed'])
})

test('A07 a machine cannot be turned into a person who could approve, nor an address be shared', async () => {
  const { app, admin } = rig
  await saveMember(app, admin, { ...human('robot'), kind: 'machine' })
  await expect(saveMember(app, admin, human('robot'))).rejects.toMatchObject({ code: 'conflict' })
  await saveMember(app, admin, human('first', ['shared@example.org']))
  await expect(saveMember(app, admin, human('second', ['SHARED@example.org']))).rejects.toMatchObject({
    code: 'conflict',
  })
})

test('nobody locks themselves out, and nobody is given rights who is not known', async () => {
  const { app, admin } = rig
  await expect(disableMember(app, admin, { actor: admin.id })).rejects.toMatchObject({ code: 'conflict' })
  await expect(disableMember(app, admin, { actor: 'nobody@local' })).rejects.toMatchObject({ code: 'not_found' })
  const grant = { actor: 'nobody@local', role: 'viewer' as const, project: null, environment: null }
  await expect(addGrant(app, admin, grant)).rejects.toMatchObject({ code: 'not_found' })
  await expect(joinGroup(app, admin, { project: 'shop', group: 'g', actor: 'nobody@local' })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('grants and groups are logged when they change something, and only then', async () => {
  const { app, admin } = rig
  const { id } = await rig.addMember('fay', [])
  const { length } = await rig.entries()
  const grant = { actor: id, role: 'operator' as const, project: 'shop', environment: 'prod' }
  const membership = { project: 'shop', group: 'releasers', actor: id }
  for (const changed of [true, false]) {
    expect(await addGrant(app, admin, grant)).toEqual({ changed })
    expect(await joinGroup(app, admin, membership)).toEqual({ changed })
  }
  expect((await listGroups(app, admin, { project: 'shop' })).items).toEqual([{ name: 'releasers', members: [id] }])
  expect((await listMembers(app, admin)).items.find((member) => member.id === id)?.grants).toEqual([grant])
  for (const changed of [true, false]) {
    expect(await removeGrant(app, admin, grant)).toEqual({ changed })
    expect(await leaveGroup(app, admin, membership)).toEqual({ changed })
  }
  expect(await typesSince(length)).toEqual(['grant.added', 'group.joined', 'grant.removed', 'group.left'])
})

test('an environment without a project is not a place to grant anything for', async () => {
  const grant = { actor: 'fay@local', role: 'viewer' as const, project: null, environment: 'prod' }
  await expect(addGrant(rig.app, rig.admin, grant)).rejects.toMatchObject({ code: 'invalid' })
})

test('who edits the members of one project grants there, and nowhere else', async () => {
  const { app, admin } = rig
  const local = await rig.addMember('local-admin', [])
  await addGrant(app, admin, { actor: local.id, role: 'admin', project: 'shop', environment: null })
  const grant = { actor: 'fay@local', role: 'viewer' as const, environment: null }
  expect(await addGrant(app, local, { ...grant, project: 'shop' })).toEqual({ changed: true })
  await expect(addGrant(app, local, { ...grant, project: null })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(addGrant(app, local, { ...grant, project: 'other' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(saveMember(app, local, human('smuggled'))).rejects.toMatchObject({ code: 'forbidden' })
})
