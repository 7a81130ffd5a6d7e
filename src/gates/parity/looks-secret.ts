import type { Fact } from '../../core/facts.ts'

const names =
  /secret|passw|passphrase|token|credential|private[-_]?key|api[-_]?key|access[-_]?key|signing[-_]?key|auth/i
const values = /:\/\/[^/\s"]*:[^/\s"]*@|-----BEGIN |^"(?:bearer|basic) /i

/** Whether a fact had better not be shown, whatever the configuration says: for its name, or for the password in an address, the key or the header that its value seems to be. */
export function looksSecret({ path, text }: Fact): boolean {
  return names.test(path) || values.test(text)
}
