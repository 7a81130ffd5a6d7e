import { fillRoots, rootFilesIn } from './root-files.ts'
import { fillSlos, sloFilesIn, type FileTexts } from './slo-files.ts'

/** Every file beside a lockflight.yaml that its gates name; of what was read from YAML, checked or not. */
export function filesNamedIn(configuration: unknown): string[] {
  return [...new Set([...sloFilesIn(configuration), ...rootFilesIn(configuration)])]
}

/** The configuration with all that those files say in it; refuses with `invalid`. */
export function fillFiles(configuration: unknown, files: FileTexts): unknown {
  return fillRoots(fillSlos(configuration, files), files)
}
