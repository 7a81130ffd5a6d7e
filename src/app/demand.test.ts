import { expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { opened } from '../../test/rig/opened.ts'
import { shop } from '../../test/rig/server.ts'
import type { Actor } from '../core/actor.ts'
import { addGrant } from './add-grant.ts'
import { holdEnvironment } from './hold-environment.ts'
import { saveMember } from './save-member.ts'

const rig = await opened(startApp(shop))

test('who may not is told how it can be changed: by a role, or by a token that is not narrowed', async () => {
  const { app, admin } = rig
  const { id, kind, name } = await saveMember(app, admin, { subject: 'eve', kind: 'human', name: 'Eve', emails: [] })
  await addGrant(app, admin, { actor: id, role: 'viewer', project: 'shop', environment: null })
  const hold = (actor: Actor) =>
    holdEnvironment(app, actor, { project: 'shop', environment: 'prod', reason: 'why not' })

  await expect(hold({ id, kind, name })).rejects.toMatchObject({
    reason: 'permission_missing',
    message:
      'Eve needs environment.hold for prod of project shop; an admin can give a role that has it: lockflight grants add eve@local <role>',
  })
  await expect(hold({ ...admin, scope: { permissions: ['project.read'] } })).rejects.toMatchObject({
    reason: 'permission_missing',
    message: expect.stringMatching(/; this token was made for less than its owner may$/) as string,
  })
})
