/** What a registry wants to see before it answers (RFC 9110 §11.6.1; Docker's token authentication). */
export type Challenge = { scheme: 'basic' } | { scheme: 'bearer'; realm: string; service: string | null }

/** Reads `WWW-Authenticate`; the first challenge that can be met, null when there is none. */
export function readChallenge(header: string): Challenge | null {
  for (const { scheme, parameters } of challengesIn(header)) {
    if (scheme === 'basic') return { scheme }
    const realm = parameters.get('realm')
    if (scheme === 'bearer' && realm !== undefined) return { scheme, realm, service: parameters.get('service') ?? null }
  }
  return null
}

/** A scheme stands alone, a parameter with `=` behind its name. */
const piece = /[\s,]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/y

function challengesIn(header: string) {
  const found: { scheme: string; parameters: Map<string, string> }[] = []
  piece.lastIndex = 0
  for (let read = piece.exec(header); read; read = piece.exec(header)) {
    const [, name = '', quoted, plain] = read
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain
    if (value === undefined) found.push({ scheme: name.toLowerCase(), parameters: new Map() })
    else found.at(-1)?.parameters.set(name.toLowerCase(), value)
  }
  return found
}
