import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from './rig/cli.ts'

test('a home that is no absolute path is refused before anything is written there; help is given all the same', async () => {
  const here = await mkdtemp(join(tmpdir(), 'lockflight-home-'))
  const inHere = (...argv: string[]) => runCommand(argv, { cwd: here, env: { LOCKFLIGHT_HOME: 'rel' } })
  for (const argv of [['whoami'], ['server']]) {
    const { code, stderr } = await inHere(...argv)
    expect([code, stderr], argv.join(' ')).toEqual([
      2,
      expect.stringContaining('LOCKFLIGHT_HOME: expected an absolute path; found rel'),
    ])
  }
  expect(await inHere('server', '--help')).toMatchObject({ code: 0 })
  expect(await readdir(here)).toEqual([])
  await rm(here, { recursive: true })
})
