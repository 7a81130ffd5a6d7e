import { join } from 'node:path'

const program = join(import.meta.dirname, 'enclose.bash')

/** The command as a process that finds the hidden folders empty, but for the one it runs in: a release must not read the keys that are to prove what it is. */
export function enclosed(command: string[], { hidden, kept }: { hidden: string[]; kept: string }): string[] {
  return hidden.length === 0 ? command : ['bash', program, kept, ...hidden, '--', ...command]
}
