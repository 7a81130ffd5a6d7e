import { expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { opened } from '../../test/rig/opened.ts'
import { shop } from '../../test/rig/server.ts'
import { listSecrets } from './list-secrets.ts'
import { removeSecret } from './remove-secret.ts'
import { setSecret } from './set-secret.ts'

const rig = await opened(startApp(shop))

const value = 'correct horse battery staple'

test('P09 a secret can be set and removed, its name be seen, its value nowhere', async () => {
  const { app, admin, project } = rig
  const { setAt } = await setSecret(app, admin, { project, name: 'API_KEY', value })
  expect((await listSecrets(app, admin, { project })).items).toEqual([{ name: 'API_KEY', setAt }])
  const { rows } = await rig.pool.query<{ row: string }>(
    `select encode(sealed, 'escape') as row from secret union all select body from log_queue`,
  )
  expect(rows.length).toBeGreaterThan(1)
  expect(rows.filter(({ row }) => row.includes(value))).toEqual([])

  const sealed = await app.store.read((tx) => tx.secrets.sealed(project, ['API_KEY']))
  expect(app.secretBox.open(sealed['API_KEY']!, `${project}/API_KEY`)).toBe(value)
  expect(() => app.secretBox.open(sealed['API_KEY']!, 'other/API_KEY')).toThrow('sealed with another key')

  await removeSecret(app, admin, { project, name: 'API_KEY' })
  expect((await listSecrets(app, admin, { project })).items).toEqual([])
  await expect(removeSecret(app, admin, { project, name: 'API_KEY' })).rejects.toMatchObject({ code: 'not_found' })
  expect((await rig.entries()).slice(-2).map(({ type, subject }) => [type, subject])).toEqual([
    ['secret.set', 'API_KEY'],
    ['secret.removed', 'API_KEY'],
  ])
})
