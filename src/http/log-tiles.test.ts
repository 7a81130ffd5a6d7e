import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'
import { openCheckpoint } from '../core/checkpoint.ts'
import { leafHash } from '../core/merkle.ts'
import { readVkey } from '../core/note.ts'
import { hashesIn } from '../core/tile.ts'

const rig = await opened(startServer())

const bytesOf = (path: string) => rig.clientOf(rig.adminToken).read(path)

test('key, checkpoint, hashes and entries fit together for whoever verifies them', async () => {
  await expect.poll(async () => (await rig.ask({ path: '/log/checkpoint', token: rig.adminToken })).status).toBe(200)
  const key = readVkey((await bytesOf('/log/key')).toString().trim())!
  const newest = openCheckpoint((await bytesOf('/log/checkpoint')).toString(), key)
  if (!('checkpoint' in newest)) throw new Error(newest.problem)
  const { size } = newest.checkpoint
  const hashes = hashesIn(await bytesOf(`/log/tile/0/000.p/${size}`))
  const bundle = await bytesOf(`/log/tile/entries/000.p/${size}`)
  const leaves: string[] = []
  for (let at = 0; at < bundle.length;) {
    const length = bundle.readUInt16BE(at)
    leaves.push(Buffer.from(leafHash(bundle.subarray(at + 2, at + 2 + length))).toString('hex'))
    at += 2 + length
  }
  expect(leaves).toEqual(hashes.map((hash) => Buffer.from(hash).toString('hex')))
  expect(leaves).toHaveLength(size)
})

test('every signed checkpoint is listed, page by page, and only to those who may read the whole log', async () => {
  const client = rig.clientOf(rig.adminToken)
  const key = readVkey((await bytesOf('/log/key')).toString().trim())!
  const sizes = async (input: { above?: number; limit?: number }) =>
    (await client.listCheckpoints(input)).items.map(({ size, note }) => {
      expect(openCheckpoint(note, key)).toMatchObject({ checkpoint: { size } })
      return size
    })
  const before = await sizes({})
  await client.holdEnvironment({ project: 'shop', environment: 'dev', reason: 'a new entry' })
  await expect.poll(async () => (await sizes({})).length).toBeGreaterThan(before.length)
  const all = await sizes({})
  expect(all).toEqual([...new Set(all)].toSorted((one, other) => one - other))
  expect(await client.listCheckpoints({ limit: 1 })).toMatchObject({ items: [{ size: all[0] }], done: false })
  expect(await sizes({ above: all[0]! })).toEqual(all.slice(1))
  expect(await client.listCheckpoints({ above: all.at(-1)! })).toEqual({ items: [], done: true })
  const { token } = await rig.login('vera', [])
  await expect(rig.clientOf(token).listCheckpoints({})).rejects.toMatchObject({ code: 'forbidden' })
})

test.each(['0/0', '00/000', '0/000.p/0', '0/000.p/256', '64/000', 'entries/00', '0/x000/000', '0/../entries/000', ''])(
  'the tile %j is not one',
  async (path) => {
    expect((await rig.ask({ path: `/log/tile/${path}`, token: rig.adminToken })).status).toBe(404)
  },
)

test('a tile the log has not come to yet is not there', async () => {
  const { body } = await rig.ask({ path: '/log/tile/0/999', token: rig.adminToken })
  expect(body).toMatchObject({ status: 404, code: 'not_found' })
})

test('a question where none is expected is refused', async () => {
  expect((await rig.ask({ path: '/log/key?x=1', token: rig.adminToken })).status).toBe(400)
})
