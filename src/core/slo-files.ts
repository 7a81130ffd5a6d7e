import { eachGate, type Mapping } from './each-gate.ts'
import { readOpenSlo } from './openslo.ts'
import { Refusal } from './refusal.ts'

/** Texts by the path a configuration names them with. */
export type FileTexts = Record<string, string>

/** The files that gates of a configuration name by `slo-file`; of what was read from YAML, checked or not. */
export function sloFilesIn(configuration: unknown): string[] {
  const files: string[] = []
  eachGate(configuration, (gate) => {
    const file = fileOf(gate)
    if (file !== null) files.push(file)
    return gate
  })
  return [...new Set(files)]
}

/** The configuration with what those files say beside their names, so that a revision and its digest hold all of a policy; refuses with `invalid` files that are missing, wrong or contradicted. */
export function fillSlos(configuration: unknown, files: FileTexts): unknown {
  return eachGate(configuration, (gate) => {
    const file = fileOf(gate)
    return file === null ? gate : filled(gate, file, files)
  })
}

const fromFile = ['objective', 'window', 'good', 'bad', 'total', 'bad-ratio']

function filled(gate: Mapping, file: string, files: FileTexts): Mapping {
  const text = Object.hasOwn(files, file) ? files[file] : undefined
  if (text === undefined)
    throw new Refusal('invalid', `expected the file ${file}, which a gate names by slo-file; found none`)
  const twice = fromFile.find((key) => Object.hasOwn(gate, key))
  if (twice) throw new Refusal('invalid', `expected \`${twice}\` either in ${file} or beside slo-file; found both`)
  const name = typeof gate['slo'] === 'string' ? gate['slo'] : undefined
  return { ...readOpenSlo(text, file, name), ...gate }
}

function fileOf(gate: Mapping): string | null {
  return gate['use'] === 'error-budget' && typeof gate['slo-file'] === 'string' ? gate['slo-file'] : null
}
