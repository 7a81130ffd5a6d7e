import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { createCliShop, type CliShop } from '../test/rig/cli-shop.ts'
import { compare } from './compare.ts'
import { tableText, type Row } from './row.ts'

const rounds = 41
const program = resolve(import.meta.dirname, '../bin/lockflight')
const configuration = `project: shop
environments:
  dev: { deploy: { use: command, run: 'true' } }
  stg: { after: [dev], deploy: { use: command, run: 'true' } }
  prod: { after: [stg], gates: [{ use: approval }], deploy: { use: command, run: 'true' } }
`

/** The least that a Node has to load and do for the answer that `status` shows: read where to ask, ask, read it, print. */
const bareStatus = `
  const { readFileSync } = require('node:fs')
  const { url, token } = JSON.parse(readFileSync(process.env.LOCKFLIGHT_HOME + '/credentials.json', 'utf8'))
  const { hostname, port } = new URL(url)
  const socket = require('node:net').connect(port, hostname)
  let text = ''
  socket.on('data', (piece) => (text += piece))
  socket.on('end', () => process.stdout.write(JSON.stringify(JSON.parse(text.slice(text.indexOf('{'))))))
  socket.write('GET /api/v1/projects/shop/status HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\nauthorization: Bearer ' + token + '\\r\\n\\r\\n')`

/** How long the command line takes from its start to its end, beside a Node that does nothing. The server runs already. */
export async function benchCli(): Promise<Row[]> {
  const shop = await createCliShop(configuration)
  try {
    await shop.lockflight('apply', '--yes')
    const empty = join(shop.folder, 'empty.cjs')
    await writeFile(empty, '')
    const bare = join(shop.folder, 'bare.cjs')
    await writeFile(bare, bareStatus)
    const ours = (argv: string[]) => ({ what: `lockflight ${argv.join(' ')}`, script: [program, ...argv] })
    return [
      await startOf(shop, { ...ours(['--version']), empty, target: { atMost: 1.15 } }),
      await startOf(shop, { ...ours(['status']), empty, target: { atMost: 1.45 } }),
      await startOf(shop, { what: '  of which asking for the answer alone', script: [bare], empty, target: null }),
    ]
  } finally {
    await shop.close()
  }
}

async function startOf(
  { repository, home }: CliShop,
  { what, script, empty, target }: { what: string; script: string[]; empty: string; target: Row['target'] },
): Promise<Row> {
  const node = (...argv: string[]) =>
    promisify(execFile)(process.execPath, argv, { cwd: repository, env: { ...process.env, LOCKFLIGHT_HOME: home } })
  await node(...script)
  const { ours, limit } = await compare(
    rounds,
    () => node(...script),
    () => node(empty),
  )
  return {
    what,
    ours: `${ours.toFixed(1)} ms`,
    limit: `empty node ${limit.toFixed(1)} ms`,
    ratio: ours / limit,
    target,
  }
}

if (import.meta.main) console.log(tableText(await benchCli()))
