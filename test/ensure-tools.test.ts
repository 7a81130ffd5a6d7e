import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const script = join(import.meta.dirname, 'ensure-tools.ts')

test('says nothing when everything is there', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'git', 'bash', 'unshare', 'setpriv'], {
    encoding: 'utf8',
  })
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('a machine where it may install nothing is told the exact command, once per package', () => {
  const empty = mkdtempSync(join(tmpdir(), 'lockflight-tools-'))
  try {
    const options = { encoding: 'utf8', env: { PATH: empty } } as const
    const { status, stderr } = spawnSync(process.execPath, [script, 'git', 'unshare', 'setpriv'], options)
    expect(status).toBe(1)
    expect(stderr).toContain('missing: git, unshare, setpriv')
    expect(stderr).toContain('sudo apt-get update && sudo apt-get install -y git util-linux\n')
  } finally {
    rmSync(empty, { recursive: true })
  }
})

test('what tests bring along is not fetched where it is there, and where it cannot be, the exact command is told', () => {
  const carry = join(import.meta.dirname, 'carry-tools.ts')
  const cache = mkdtempSync(join(tmpdir(), 'lockflight-tools-'))
  try {
    const there = spawnSync(process.execPath, [carry, 'bash'], { encoding: 'utf8' })
    expect(there).toMatchObject({ status: 0, stdout: '', stderr: '' })
    const options = { encoding: 'utf8', env: { PATH: cache, XDG_CACHE_HOME: cache } } as const
    const { status, stderr } = spawnSync(process.execPath, [carry, 'prometheus', 'promtool', 'pgbouncer'], options)
    expect(status).toBe(1)
    expect(stderr).toContain('sudo apt-get update && sudo apt-get install -y pgbouncer prometheus\n')
  } finally {
    rmSync(cache, { recursive: true })
  }
})
