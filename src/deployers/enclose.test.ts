import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deployed, startDeployers, textOf, urlOf, type DeployersRig } from '../../test/rig/deployers.ts'
import { service } from '../../test/rig/releases.ts'
import type { DeployRequest } from '../core/deployer.ts'

let rig: DeployersRig
beforeEach(async () => {
  rig = await startDeployers()
})
afterEach(async () => rig.end())

const put = (request: DeployRequest, run: string[] | string = ['node', 'server.mjs']) => {
  const deployer = rig.process()
  return deployed(deployer, deployer.config.parse({ artifact: 'app.tgz', run, 'stop-grace': '2s' }), request)
}

/** What a release can do to the folder of the server, as one line of JSON. */
const look = (folder: string, other: string) => `
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
const outcome = (work) => { try { return work() ?? 'done' } catch ({ code }) { return code } }
const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
const through = (pid, path) => outcome(() => readFileSync('/proc/' + pid + path, 'latin1'))
console.log(JSON.stringify({
  key: outcome(() => readFileSync('${folder}/key', 'utf8')),
  linked: outcome(() => readFileSync('${folder}/linked/key', 'utf8')),
  store: outcome(() => readdirSync('${folder}/store')),
  other: outcome(() => readdirSync('${other}')),
  around: pids.filter((pid) => through(pid, '/root${folder}/key').includes('signing')),
  server: through(${process.pid}, '/environ'),
  plant: outcome(() => writeFileSync('${folder}/planted', 'x')),
  remove: outcome(() => rmSync('${folder}/key')),
  own: outcome(() => writeFileSync('state.txt', 'x')),
  rights: /CapEff:\\t(\\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1],
}))`

test('A39 a release reads neither the keys of the server nor another release, and writes only beside itself', async () => {
  await writeFile(join(rig.folder, 'key'), 'the signing key')
  await symlink(rig.folder, join(rig.folder, 'linked'))
  const other = rig.target('other')
  await put(other.next(await rig.pack('other'))('replace'))
  const target = rig.target()
  const curious = await rig.pack('curious', { 'server.mjs': service, 'look.mjs': look(rig.folder, other.path) })
  const url = urlOf(await put(target.next(curious)('replace'), 'node look.mjs\nexec node server.mjs'))
  expect(await textOf(url)).toBe('curious')
  const said = await readFile(join(target.path, 'instances/p1.1/output.log'), 'utf8')
  expect(JSON.parse(said.split('\n')[0] ?? '')).toEqual({
    key: 'ENOENT',
    linked: 'ENOENT',
    store: 'ENOENT',
    other: 'ENOENT',
    around: [],
    server: 'EACCES',
    plant: 'EROFS',
    remove: 'ENOENT',
    own: 'done',
    rights: '0000000000000000',
  })
  expect(await readFile(join(rig.folder, 'key'), 'utf8')).toBe('the signing key')
})
