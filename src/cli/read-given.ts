import { resolve } from 'node:path'
import { Refusal, type RefusalCode } from '../core/refusal.ts'

/** A path that someone named. */
interface Given {
  /** What has to be there, such as `a report`. */
  what: string
  name: string
  /** Where the name counts from. */
  folder: string
  code?: RefusalCode
}

const findings: Record<string, string> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a folder',
  EACCES: 'what you may not read',
}

/** What `read` makes of a path that someone named. Where it cannot be read at all, refuses, with `invalid` unless another code is given, and says from where the path counts. */
export async function readGiven<Found>(
  { what, name, folder, code = 'invalid' }: Given,
  read: (path: string) => Promise<Found>,
): Promise<Found> {
  try {
    return await read(resolve(folder, name))
  } catch (cause) {
    const found = foundInstead(cause)
    if (found === undefined) throw cause
    throw new Refusal(code, `expected ${what} at ${name}; found ${found}. Give its path as seen from ${folder}`, {
      cause,
    })
  }
}

/** What stands where a file was to be read, in words; undefined for an error that says nothing of the path. */
export function foundInstead(error: unknown): string | undefined {
  return findings[(error as NodeJS.ErrnoException).code ?? '']
}
