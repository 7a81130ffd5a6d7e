import { expect, test } from 'vitest'
import { readConfiguration } from '../slots.ts'
import { starterText } from './starter.ts'
import { startingPoint, type Repository } from './starting-point.ts'

const repository = (parts: Partial<Repository>): Repository => ({ folder: 'shop', files: [], ...parts })
const node = (scripts: Record<string, string>, ...files: string[]) =>
  repository({ files: ['package.json', ...files], packageJson: { name: '@acme/Web Shop', scripts } })

test('a Node service with a lock file is installed from it, built, tested with a report, and started', () => {
  const guess = startingPoint(node({ build: 'tsc', test: 'node --test', start: 'node .' }, 'package-lock.json'))
  expect(guess).toMatchObject({
    project: 'web-shop',
    because: 'package.json',
    build: ['npm ci', 'npm run build'],
    report: 'reports/unit.xml',
    start: ['npm', 'start'],
  })
  expect(guess.test[0]).toBe('npm ci')
})

test('other package runners, languages and make are known', () => {
  expect(startingPoint(node({ test: 'vitest' }, 'pnpm-lock.yaml')).test).toEqual([
    'pnpm install --frozen-lockfile',
    'pnpm run test',
  ])
  expect(startingPoint(repository({ files: ['go.mod', 'Makefile'], makefile: 'x:' })).test).toContain('go test ./...')
  expect(startingPoint(repository({ files: ['pyproject.toml'] })).report).toBe('reports/unit.xml')
  expect(startingPoint(repository({ files: ['Makefile'], makefile: 'all:\n\ntest: all\n' }))).toMatchObject({
    build: ['make'],
    test: ['make test'],
  })
})

test('what is not recognized gets lines that fail until someone writes the real ones', () => {
  const guess = startingPoint(repository({ folder: '___' }))
  expect(guess.project).toBe('project')
  expect(guess.build).toEqual(['echo "write down here how to build this" && false'])
})

test.each([
  ['an empty folder', repository({})],
  ['Node with everything', node({ build: 'tsc', test: 'node --test', start: 'node .' }, 'package-lock.json')],
  ['Node without tests', node({}, 'yarn.lock')],
  ['Go', repository({ files: ['go.mod'] })],
  ['Rust', repository({ files: ['Cargo.toml'] })],
  ['Python', repository({ files: ['requirements.txt'] })],
  ['Java', repository({ files: ['pom.xml'] })],
  ['make', repository({ files: ['Makefile'], makefile: 'build:\ncheck:\n' })],
  ['a folder whose name is a number', repository({ folder: '1.10' })],
])('what is written for %s is a valid configuration that deploys nowhere by mistake', (_name, given) => {
  const text = starterText(startingPoint(given))
  const { pipeline, environments } = readConfiguration(text, 'lockflight.yaml')
  expect(Object.keys(pipeline?.jobs ?? {})).toEqual(['build', 'test', 'package'])
  expect(Object.keys(environments)).toEqual(['dev', 'stg', 'prod'])
  expect(environments['prod']).toMatchObject({ promote: 'manual', after: ['stg'], 'on-failure': 'rollback' })
  expect(environments['prod']?.gates.map(({ use }) => use)).toEqual(expect.arrayContaining(['signature', 'approval']))
})
