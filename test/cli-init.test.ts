import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from './rig/cli.ts'

let folder: string
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'lockflight-init-')))
})
afterAll(() => rm(folder, { recursive: true }))

test('init writes at the top of the repository it is called in, and says where; outside of any it says what is missing', async () => {
  const alone = join(folder, 'alone')
  const below = join(alone, 'service', 'api')
  const init = (cwd: string, ...argv: string[]) => runCommand(['init', ...argv], { cwd, env: {} })
  await mkdir(below, { recursive: true })
  expect((await init(below)).stdout).toMatch(
    /wrote lockflight\.yaml for project api.*\n.*in no git repository.*git init/,
  )
  await rm(join(below, 'lockflight.yaml'))

  await promisify(execFile)('git', ['init', '-q', alone])
  await writeFile(join(alone, 'Cargo.toml'), '')
  const [file, written] = [join(alone, 'lockflight.yaml'), await init(below, '--json')]
  expect(JSON.parse(written.stdout)).toMatchObject({ file, repository: alone, because: 'Cargo.toml' })
  expect(await readdir(below)).toEqual([])
  expect((await init(below)).stderr).toContain(`${file} is already there; nothing was written`)
  await rm(file)
  const said = (await init(below)).stdout
  expect(said).toContain(`wrote ${file}, the top of this repository, for project alone`)
  expect(said).not.toContain('git init')
})
