import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Whether a command can be started from PATH, or from one of these folders. */
export function isInstalled(command: string, folders: string[] = []): boolean {
  return [...(process.env['PATH'] ?? '').split(delimiter), ...folders].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
