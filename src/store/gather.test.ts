import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { freshDatabase } from '../../test/rig/postgres.ts'
import { gather } from './gather.ts'

test('what is sent in one turn waits for its end, leaves together and is answered in its order', async () => {
  const database = await freshDatabase()
  const client = new Client({ connectionString: database.url, pipeline: true })
  onTestFinished(async () => {
    await client.end()
    await database.drop()
  })
  await client.connect()
  const answers: number[] = []
  const asked = [1, 2, 3].map(async (number) => {
    gather(client)
    const { rows } = await client.query({ name: `n${number}`, text: 'select $1::int as number', values: [number] })
    answers.push((rows as { number: number }[])[0]!.number)
  })
  const { stream } = client.connection
  expect(stream.writableCorked).toBe(1)
  expect(stream.writableLength).toBeGreaterThan(0)
  await Promise.all(asked)
  expect(answers).toEqual([1, 2, 3])
  expect(stream.writableCorked).toBe(0)
})
