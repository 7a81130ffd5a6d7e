import type { Permission, Role } from '../core/access.ts'

const viewer = ['project.read', 'log.read'] as const
const developer = [...viewer, 'run.start', 'run.cancel', 'evidence.add', 'release.import', 'promotion.request'] as const
const operator = [
  ...developer,
  'promotion.hotfix',
  'promotion.cancel',
  'rollback.request',
  'environment.hold',
  'gate.override',
  'release.quarantine',
] as const

/** What each role allows where it is held. No role that changes things may also approve them: whoever needs both gets both roles, visibly. */
export const permissionsOf: Record<Role, readonly Permission[]> = {
  viewer,
  developer,
  approver: [...viewer, 'promotion.approve'],
  operator,
  admin: [...operator, 'policy.edit', 'secret.edit', 'member.edit', 'token.edit', 'key.edit'],
  auditor: viewer,
}

/** The sentence that introduces each role in the reference. */
export const purposeOf: Record<Role, string> = {
  viewer: 'Reads everything of a project.',
  developer: 'Runs pipelines, hands in releases and reports of other CIs and asks for promotions.',
  approver: 'Answers promotions.',
  operator:
    'A developer who also promotes hotfixes, cancels, rolls back, holds environments, quarantines releases, and with a second person overrides gates.',
  admin:
    'An operator who also edits policy, secrets, members, tokens and signing keys; approving stays a role of its own.',
  auditor: 'Reads everything, the log of the whole installation included; granted for all projects.',
}
