import type { Answer } from '../answer.ts'
import type { Look } from '../look.ts'
import { table } from '../table.ts'

/** Members as a list. */
export function membersText({ items }: Answer<'listMembers'>, { paint }: Look): string {
  const rows = items.map(({ id, kind, name, disabled, grants }) => {
    const state = disabled ? paint('red', 'disabled') : grants.map(grantText).join(', ')
    return [paint('bold', id), kind, name, state]
  })
  return table(rows)
}

/** A role and where it holds. */
export function grantText(grant: { role: string; project: string | null; environment: string | null }): string {
  const { role, project, environment } = grant
  if (project === null) return `${role} everywhere`
  return `${role} in ${project}${environment === null ? '' : `/${environment}`}`
}

/** Groups as a list. */
export function groupsText({ items }: Answer<'listGroups'>, { paint }: Look): string {
  if (items.length === 0) return 'no groups yet; make one with: lockflight groups join <group> <actor>'
  return table(items.map(({ name, members }) => [paint('bold', name), members.join(', ')]))
}

/** Who the caller is. */
export function meText({ id, kind, name, grants }: Answer<'getMe'>, { paint }: Look): string {
  return [`${paint('bold', id)} (${kind}, ${name})`, ...grants.map((grant) => `  ${grantText(grant)}`)].join('\n')
}
