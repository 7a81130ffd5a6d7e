/** True for what can only be a name of a branch or tag or a commit id (see git-check-ref-format): nothing that git would read as an option or as an expression over commits. */
export function isPlainRef(text: string): boolean {
  return text.length <= 255 && /^(?!-)(?!.*(?:\.\.|@\{|\/\/))[^\s~^:?*[\\\p{Cc}\p{Cf}]+$/u.test(text)
}
