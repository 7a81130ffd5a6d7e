import { eachGate, isMapping, type Mapping } from './each-gate.ts'
import { Refusal } from './refusal.ts'
import type { FileTexts } from './slo-files.ts'
import { parseStrictJson } from './strict-json.ts'

/** The files that gates of a configuration name by `root-file`; of what was read from YAML, checked or not. */
export function rootFilesIn(configuration: unknown): string[] {
  const files: string[] = []
  eachRoot(configuration, (root) => {
    const file = root['root-file']
    if (typeof file === 'string') files.push(file)
    return root
  })
  return [...new Set(files)]
}

/** The configuration with the trusted roots in those files beside their names, so that a revision and its digest hold all of a policy; refuses with `invalid` files that are missing, no JSON or contradicted. */
export function fillRoots(configuration: unknown, files: FileTexts): unknown {
  return eachRoot(configuration, (root) => {
    const file = root['root-file']
    return typeof file === 'string' ? filled(root, file, files) : root
  })
}

function filled(root: Mapping, file: string, files: FileTexts): Mapping {
  const text = Object.hasOwn(files, file) ? files[file] : undefined
  if (text === undefined)
    throw new Refusal('invalid', `expected the file ${file}, which a gate names by root-file; found none`)
  if (Object.hasOwn(root, 'root'))
    throw new Refusal('invalid', `expected \`root\` either in ${file} or beside root-file; found both`)
  try {
    return { ...root, root: parseStrictJson(text) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal('invalid', `${file}: ${error.message}`, { cause: error })
  }
}

/** The gate `provenance` has its roots in `trust`, the gate `signature` beside `by`. */
function eachRoot(configuration: unknown, change: (root: Mapping) => Mapping): unknown {
  const changed = (holder: Mapping) => {
    if (!Array.isArray(holder['roots'])) return holder
    return { ...holder, roots: holder['roots'].map((root: unknown) => (isMapping(root) ? change(root) : root)) }
  }
  return eachGate(configuration, (gate) => {
    if (gate['use'] === 'signature') return changed(gate)
    return gate['use'] === 'provenance' && isMapping(gate['trust']) ? { ...gate, trust: changed(gate['trust']) } : gate
  })
}
