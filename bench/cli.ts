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

/** How long the command line takes from its start to its end, beside a Node that does nothing. The server runs already. */
export async function benchCli(): Promise<Row[]> {
  const shop = await createCliShop(configuration)
  try {
    await shop.lockflight('apply', '--yes')
    const empty = join(shop.folder, 'empty.cjs')
    await writeFile(empty, '')
    return [
      await startOf(shop, { argv: ['--version'], empty, atMost: 1.15 }),
      await startOf(shop, { argv: ['status'], empty, atMost: 1.45 }),
    ]
  } finally {
    await shop.close()
  }
}

async function startOf(
  { repository, home }: CliShop,
  { argv, empty, atMost }: { argv: string[]; empty: string; atMost: number },
): Promise<Row> {
  const node = (...script: string[]) =>
    promisify(execFile)(process.execPath, script, { cwd: repository, env: { ...process.env, LOCKFLIGHT_HOME: home } })
  await node(program, ...argv)
  const { ours, limit } = await compare(
    rounds,
    () => node(program, ...argv),
    () => node(empty),
  )
  return {
    what: `lockflight ${argv.join(' ')}`,
    ours: `${ours.toFixed(1)} ms`,
    limit: `empty node ${limit.toFixed(1)} ms`,
    ratio: ours / limit,
    target: { atMost },
  }
}

if (import.meta.main) console.log(tableText(await benchCli()))
