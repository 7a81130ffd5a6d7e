import { dirname, join } from 'node:path/posix'
import { visit, type Source } from './source.ts'

/**
 * Which part may import which others; `main` and `system` join all of them, and only `main` may import `system`. A part
 * is a folder of src/, or a file directly in it.
 * Type imports count too: a reader has to follow them as well.
 */
export const rules: Record<string, readonly string[]> = {
  core: [],
  app: ['core', 'trust'],
  gates: ['core', 'trust'],
  deployers: ['core', 'files', 'processes'],
  routers: ['core'],
  runners: ['core', 'processes'],
  outside: ['core'],
  registries: ['core'],
  signers: ['core', 'files', 'processes'],
  reports: ['core'],
  verifications: ['core'],
  access: ['core'],
  artifacts: ['core'],
  git: ['core'],
  files: ['core'],
  processes: [],
  witness: ['core', 'files'],
  sinks: ['core', 'files'],
  store: ['core', 'processes'],
  trust: ['core'],
  log: ['core', 'files'],
  config: ['core'],
  conform: ['core', 'trust'],
  api: ['core'],
  client: ['api', 'core'],
  cli: ['client', 'core', 'processes'],
  http: ['api', 'app', 'core'],
  worker: ['app', 'core'],
  slots: ['core', 'deployers', 'gates', 'reports', 'routers', 'trust', 'verifications'],
  operator: ['app', 'core'],
}

const joiners = new Set(['main', 'system'])

const outsideAllowed = new Set(['package.json'])

/** Imports that point the wrong way, files of parts without a rule, and imports that leave src/. */
export function wrongImports(sources: Source[]): string[] {
  return sources.flatMap((file) => {
    const part = partOf(file.path)
    const allowed = rules[part]
    if (joiners.has(part)) return []
    if (!allowed) return [`${file.path}: the part ${part} has no import rule; give it one in test/structure/imports.ts`]
    return importsOf(file)
      .filter((target) => !outsideAllowed.has(target))
      .filter((target) => !(target.startsWith('src/') && [part, ...allowed].includes(partOf(target))))
      .map(
        (target) =>
          `${file.path} imports ${target}, but ${part} may import only ${[...allowed].join(', ') || 'itself'}`,
      )
  })
}

/** Each circle of files that import one another, once, from its first file by name. */
export function importCycles(sources: Source[]): string[] {
  const graph = new Map(sources.map((file) => [file.path, importsOf(file)]))
  const found = new Set<string>()
  const done = new Set<string>()
  const walk = (file: string, trail: string[]) => {
    const start = trail.indexOf(file)
    if (start >= 0) {
      const circle = trail.slice(start)
      const first = circle.indexOf(circle.toSorted()[0]!)
      const turned = [...circle.slice(first), ...circle.slice(0, first)]
      found.add([...turned, turned[0]].join(' → '))
    }
    if (start >= 0 || done.has(file)) return
    for (const next of graph.get(file) ?? []) walk(next, [...trail, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  return [...found]
}

/** Files the source refers to by a relative path: imports, re-exports, type imports, worker URLs. */
export function importsOf(file: Source): string[] {
  const found = new Set<string>()
  visit(file, {
    Literal({ value }) {
      if (typeof value === 'string' && /^\.{1,2}\/.*\.(ts|tsx|json)$/.test(value)) {
        found.add(join(dirname(file.path), value))
      }
    },
  })
  return [...found]
}

function partOf(path: string): string {
  return path.split('/')[1]?.replace(/\.tsx?$/, '') ?? ''
}
