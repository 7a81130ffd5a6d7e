const begin = '<!-- figures: written by `npm run bench -- --write` -->'
const end = '<!-- end of figures -->'

/** The page with other figures between its two marks; throws when it does not have both, once each and in order. */
export function withFigures(page: string, figures: string): string {
  const [before, rest, ...more] = page.split(begin)
  const [, after, ...evenMore] = rest?.split(end) ?? []
  if (before === undefined || after === undefined || more.length + evenMore.length > 0) {
    throw new Error(`expected ${begin} and then ${end} in the page, each once`)
  }
  return `${before}${begin}\n${figures}\n${end}${after}`
}
