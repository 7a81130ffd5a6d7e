/** The ways one secret may be written in what a job prints. */
export interface Spellings {
  /** Found as they are. */
  exact: string[]
  /** Base64 and hexadecimal: also found when they are broken into lines. */
  wrapped: string[]
}

/** Shorter lines and encodings are too common to mask without making the log unreadable. */
const shortest = 6

/** Every documented spelling of a secret, and of each line of one with several: as it is, in JSON, URLs, shell and XML, in base64 (at any offset, twice, for URLs) and hexadecimal. Other transformations are not found. */
export function spellingsOf(secret: string): Spellings {
  const text = secret.toWellFormed()
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const parts = [...new Set([text.trim(), ...lines])].filter((part) => part.length >= shortest)
  const whole = [...new Set([text, ...parts])].filter((part) => part !== '')
  return {
    exact: [...new Set([...whole, ...parts.flatMap(textSpellings)])],
    wrapped: [...new Set(whole.flatMap(byteSpellings))].filter((spelling) => spelling.length >= shortest),
  }
}

function textSpellings(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  const uri = encodeURIComponent(text)
  const strictUri = uri.replaceAll(/[!'()*]/g, percent)
  return [
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll('/', '\\/'),
    json.replaceAll(/[<>&]/g, unicode),
    json.replaceAll(/[^ -~]/g, unicode),
    uri,
    strictUri,
    strictUri.replaceAll(/%../g, (code) => code.toLowerCase()),
    strictUri.replaceAll('%20', '+'),
    // Bash: in single quotes (set -x), with backslashes (printf %q), in double quotes (declare -p), in $'…'.
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll(/[^\w@%+=:,./-]/g, String.raw`\$&`),
    text.replaceAll(/["$`\\]/g, String.raw`\$&`),
    text.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll('\t', String.raw`\t`),
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`),
  ]
}

function percent(character: string): string {
  return `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function byteSpellings(text: string): string[] {
  const bytes = Buffer.from(text)
  const hex = bytes.toString('hex')
  const once = base64Spellings(bytes)
  const base64 = [...once, ...once.flatMap((inner) => base64Spellings(Buffer.from(inner)))]
  return [hex, hex.toUpperCase(), ...base64, ...base64.map((code) => code.replaceAll('+', '-').replaceAll('/', '_'))]
}

/** What base64 makes of the bytes whatever stands before and after them: one spelling for each of the three offsets. */
function base64Spellings(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const code = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    // A character holds six bits; those it shares with a neighbour of the secret cannot be known.
    return code.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  })
}
