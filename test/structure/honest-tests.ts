import { at, visit, type Source } from './source.ts'

const runners = new Set(['test', 'it', 'describe', 'suite', 'bench'])
const ways = new Set(['skip', 'only', 'todo', 'fails', 'skipIf', 'runIf'])
const doubles = new Set(['mock', 'doMock', 'spyOn', 'fn', 'useFakeTimers', 'stubGlobal', 'stubEnv'])

/** Tests that may not run, or that do not run against the real thing. */
export function dodgedTests(file: Source): string[] {
  const wrong: string[] = []
  visit(file, {
    MemberExpression({ object, property, start }) {
      if (property.type !== 'Identifier') return
      const owner = rootName(object)
      if (runners.has(owner) && ways.has(property.name)) wrong.push(`${at(file, start)} ${owner}.${property.name}`)
      if (owner === 'vi' && doubles.has(property.name)) wrong.push(`${at(file, start)} vi.${property.name}`)
    },
    CallExpression({ callee, arguments: args, start }) {
      const method =
        callee.type === 'MemberExpression' && callee.property.type === 'Identifier' ? callee.property.name : ''
      const port = args[0]
      if (method === 'listen' && port?.type === 'Literal' && typeof port.value === 'number' && port.value !== 0) {
        wrong.push(`${at(file, start)} listen(${port.value})`)
      }
    },
  })
  return wrong
}

function rootName(node: { type: string }): string {
  if (node.type === 'MemberExpression') return rootName((node as unknown as { object: { type: string } }).object)
  return node.type === 'Identifier' ? (node as unknown as { name: string }).name : ''
}
