import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One page of documentation. */
export interface Page {
  /** From the repository's root. */
  path: string
  text: string
}

/** A fenced block, with the line it starts at. */
export interface Block {
  language: string
  text: string
  at: string
}

/** Every Markdown page of this repository that people write or read. */
export function allPages(): Page[] {
  return globSync(['*.md', '{docs,examples,bench}/**/*.md'], { exclude: ['**/node_modules/**'] })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

/** The fenced blocks of a page, in order. */
export function blocks({ path, text }: Page): Block[] {
  return [...text.matchAll(/^( *)```([a-z]*)[^\n]*\n(.*?)^ *```$/gms)].map(
    ({ 1: indent = '', 2: language = '', 3: body = '', index }) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      at: `${path}:${text.slice(0, index).split('\n').length}`,
    }),
  )
}

/** What stands between single backticks, outside fenced blocks. */
export function inlineCode(page: Page): string[] {
  return [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

/** Links whose file or heading does not exist; links to other sites are not followed. */
export function brokenLinks(page: Page, read: (path: string) => string | undefined): string[] {
  const targets = [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .flatMap((target) => {
      const [file = '', heading] = target.split('#')
      const path = file === '' ? page.path : join(dirname(page.path), file)
      const text = path === page.path ? page.text : read(path)
      if (text === undefined) return [`${page.path}: ${target} does not exist`]
      return heading === undefined || headings(text).includes(heading)
        ? []
        : [`${page.path}: ${target} has no such heading`]
    })
}

function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutBlocks({ text }: Page): string {
  return text.replaceAll(/^ *```.*?^ *```$/gms, '')
}
