import type { ReportOrigin } from '../core/report.ts'
import { insidePath } from '../core/names.ts'
import { oneLine } from '../core/one-line.ts'
import { Contradiction } from './untrusted.ts'

/**
 * A path as a tool wrote it, relative to the repository. An absolute one must be below the folder that the repository
 * was in; what leaves it by `..` or could pose as another path is refused (A17).
 */
export function repositoryPath(written: string, { root }: ReportOrigin = {}): string {
  const relative = root !== undefined && written.startsWith(`${root}/`) ? written.slice(root.length + 1) : written
  const path = relative
    .split('/')
    .filter((part, index) => part !== '.' && (part !== '' || index === 0))
    .join('/')
  if (insidePath.safeParse(path).success) return path
  const why = written.startsWith('/') && root !== undefined ? ` below ${root}` : ''
  throw new Contradiction(
    `expected a path inside the repository${why}, found ${oneLine(written, 200) || 'an empty one'}`,
  )
}
