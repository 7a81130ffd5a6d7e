import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { logEvent, readEvents, type TargetEvent } from './target.ts'

test('a target’s log is read without the lines that a crash tore', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-target-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const event: TargetEvent = {
    at: '2026-11-23T00:00:00.000Z',
    promotion: 'p1',
    attempt: 1,
    phase: 'replace',
    fence: 1,
    release: `sha256:${'a'.repeat(64)}`,
    event: 'started',
  }
  expect(await readEvents(folder)).toEqual([])
  await logEvent(folder, event)
  await appendFile(join(folder, 'target.ndjson'), '{"at":"2026')
  await logEvent(folder, { ...event, event: 'resumed' })
  expect(await readEvents(folder)).toEqual([event, { ...event, event: 'resumed' }])
})
