import { execFile, execFileSync } from 'node:child_process'
import { cp, glob, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOf } from '../src/core/digest.ts'

const run = promisify(execFile)
const examples = resolve(import.meta.dirname, '../examples')
const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false']
let folder = ''
let commits: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-checkout-'))
  await cp(join(examples, 'checkout'), folder, { recursive: true })
  const patches = (await Array.fromAsync(glob('*.patch', { cwd: join(examples, 'checkout-changes') }))).toSorted()
  await git('init', '-q', '-b', 'main')
  await git('add', '.')
  await git(...identity, 'commit', '-q', '-m', 'Open the till')
  for (const patch of patches) await git(...identity, 'am', '-q', join(examples, 'checkout-changes', patch))
  commits = (await git('rev-list', '--reverse', 'HEAD')).trim().split('\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the story has four commits; only the second breaks a test, and it is the one about whole cents', async () => {
  expect(commits).toHaveLength(4)
  const failing: string[][] = []
  for (const commit of commits) failing.push(await failedTests(commit))
  expect(failing).toEqual([[], ['every amount is a whole number of cents'], [], []])
})

test('packaging the same commit twice gives the same bytes', async () => {
  await git('checkout', '-q', commits[0]!)
  expect(await packageDigest('a.tar.gz')).toBe(await packageDigest('b.tar.gz'))
})

test('the fourth commit knows no prices in prod, and nothing before prod can tell', async () => {
  await git('checkout', '-q', commits[3]!)
  const price = (environment: string) => {
    const script = `import('./src/cart.js').then(({ priceCart }) => console.log(priceCart({ tea: 2 }).totalCents))`
    const env = { PATH: process.env['PATH'], DEPLOY_ENV: environment }
    return run(process.execPath, ['-e', script], { cwd: folder, env }).then(({ stdout }) => stdout.trim())
  }
  expect([await price('dev'), await price('stg')]).toEqual(['990', '990'])
  await expect(price('prod')).rejects.toThrow('prices/prod.json')
})

async function failedTests(commit: string): Promise<string[]> {
  await git('checkout', '-q', commit)
  const result = run(process.execPath, ['--test', '--test-reporter=tap'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
  })
  const { stdout } = await result.catch((error: { stdout: string }) => error)
  return [...stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name]) => name!)
}

async function packageDigest(name: string): Promise<string> {
  execFileSync('bash', ['scripts/package.sh', `dist/${name}`], { cwd: folder })
  return digestOf(await readFile(join(folder, 'dist', name)))
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: folder })).stdout
}
