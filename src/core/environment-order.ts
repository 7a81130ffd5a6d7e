/** Names of environments so that each comes after those it is `after`, otherwise in the order of the file; the graph has no cycle. */
export function inOrder(environments: Record<string, { after: string[] }>): string[] {
  const ordered = new Set<string>()
  const add = (name: string) => {
    for (const before of environments[name]?.after ?? []) if (!ordered.has(before)) add(before)
    ordered.add(name)
  }
  for (const name of Object.keys(environments)) add(name)
  return [...ordered]
}
