import { at, visit, type Source } from './source.ts'

/**
 * Exports without a sentence directly above them. A type that is only read off a value (`z.infer<typeof schema>`)
 * or off another type (`Job['verb']`) needs none: what it is read off has it.
 */
export function undocumentedExports(file: Source): string[] {
  const wrong: string[] = []
  visit(file, {
    ExportNamedDeclaration({ declaration, start }) {
      if (!declaration) return
      if (
        declaration.type === 'TSTypeAliasDeclaration' &&
        isReadOff(file.text.slice(declaration.start, declaration.end))
      )
        return
      const words = docstringBefore(file, start)?.match(/[\p{L}\p{N}]+/gu) ?? []
      if (words.length < 3) wrong.push(at(file, start))
    },
  })
  return wrong
}

/** What each file gives away without a name of its own. */
export function defaultExports(file: Source): string[] {
  const wrong: string[] = []
  visit(file, { ExportDefaultDeclaration: ({ start }) => void wrong.push(at(file, start)) })
  return wrong
}

function docstringBefore({ text, comments }: Source, start: number): string | undefined {
  return comments.find(
    ({ value, end }) => value.startsWith('*') && end <= start && text.slice(end, start).trim() === '',
  )?.value
}

function isReadOff(declaration: string): boolean {
  return declaration.includes('typeof ') || /\w\['/.test(declaration)
}
