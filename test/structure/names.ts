import { basename } from 'node:path/posix'
import { at, visit, type Source } from './source.ts'

const empty = ['Manager', 'Helper', 'Util', 'Service', 'Impl']
/** `service` alone is a word of our field: the thing that is deployed. */
const inIdentifier = /(Manager|Helper|Util|Impl|[a-z0-9]Service)s?(?![a-z])/
const inFileName = new RegExp(`(^|-)(${empty.join('|')})s?(-|\\.)`, 'i')

/** Declarations and files named after nothing: what they are about has not been found yet. */
export function emptyNames(file: Source): string[] {
  const wrong = inFileName.test(basename(file.path)) ? [file.path] : []
  const check = ({ id, start }: { id?: { type: string; name?: string } | null; start: number }) => {
    if (id?.name && inIdentifier.test(id.name[0]!.toUpperCase() + id.name.slice(1)))
      wrong.push(`${at(file, start)} ${id.name}`)
  }
  visit(file, {
    VariableDeclarator: check,
    FunctionDeclaration: check,
    ClassDeclaration: check,
    TSInterfaceDeclaration: check,
    TSTypeAliasDeclaration: check,
  })
  return wrong
}

/** Files that are not named in lower case with dashes. */
export function oddFileNames({ path }: Source): string[] {
  return /^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.tsx?$/.test(basename(path)) ? [] : [path]
}
