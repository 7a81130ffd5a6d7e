import parse from 'spdx-expression-parse'

type Expression = ReturnType<typeof parse>
type Leaf = Extract<Expression, { license: string }>

/** Which licences may be used. */
export interface LicenseLists {
  /** Every other one is refused; all are allowed when absent. */
  allow?: readonly string[] | undefined
  deny?: readonly string[] | undefined
}

const longest = 1000

/**
 * Whether the lists let one declared licence through: an SPDX expression (SPDX specification, annex B) in which `OR`
 * leaves the choice, or a name that one of the lists has letter by letter; `unknown` when it is neither.
 */
export function judgeLicense(declared: string, { allow, deny }: LicenseLists): 'allowed' | 'refused' | 'unknown' {
  if (deny?.includes(declared)) return 'refused'
  if (allow?.includes(declared)) return 'allowed'
  const expression = read(declared)
  if (!expression) return 'unknown'
  const [allowed, denied] = [allow && spellings(allow), spellings(deny ?? [])]
  const isAllowed = (node: Expression): boolean => {
    if (!('conjunction' in node)) return leafAllowed(node, { allowed, denied })
    if (node.conjunction === 'and') return isAllowed(node.left) && isAllowed(node.right)
    return isAllowed(node.left) || isAllowed(node.right)
  }
  return isAllowed(expression) ? 'allowed' : 'refused'
}

function read(text: string): Expression | undefined {
  // The parser skips characters that cannot be part of an expression, instead of refusing them.
  if (text.length > longest || !/^[A-Za-z0-9.+():\- ]+$/.test(text)) return undefined
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** An exception only adds permissions, so a licence that is allowed is so with any; what is listed with its exception is judged by that. */
function leafAllowed(leaf: Leaf, { allowed, denied }: { allowed?: Set<string> | undefined; denied: Set<string> }) {
  const license = nameOf({ ...leaf, exception: undefined })
  const whole = nameOf(leaf)
  if (denied.has(whole)) return false
  if (allowed?.has(whole)) return true
  return !denied.has(license) && (allowed === undefined || allowed.has(license))
}

function spellings(list: readonly string[]): Set<string> {
  return new Set(
    list.map((text) => {
      const expression = read(text)
      return expression && !('conjunction' in expression) ? nameOf(expression) : text
    }),
  )
}

/** One spelling for what SPDX writes in two ways: `GPL-2.0+` is `GPL-2.0-or-later`, `GPL-2.0` is `GPL-2.0-only`. */
function nameOf({ license, plus, exception }: Leaf): string {
  const gnu = /^((?:A|L)?GPL-[\d.]+|GFDL-[\d.]+)(-only|-or-later)?$/.exec(license)
  const name = gnu
    ? `${gnu[1]}${plus || gnu[2] === '-or-later' ? '-or-later' : '-only'}`
    : `${license}${plus ? '+' : ''}`
  return exception === undefined ? name : `${name} WITH ${exception}`
}
