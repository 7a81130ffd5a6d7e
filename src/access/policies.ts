import { roles } from '../core/access.ts'

/** Cedar policies by id: what no policy permits is denied, and one that forbids wins over all that permit. */
export const policies: Record<string, string> = {
  ...Object.fromEntries(
    roles.map((role) => [
      `${role}-where-held`,
      `permit (principal, action in Action::"${role}", resource) when { resource in principal.${role} };`,
    ]),
  ),
  'a-role-in-one-environment-shows-its-project': `
    permit (principal, action == Action::"project.read", resource) when { resource in principal.sees };`,
  'only-people-approve': `
    forbid (principal, action == Action::"promotion.approve", resource) unless { principal.kind == "human" };`,
  'only-people-override': `
    forbid (principal, action == Action::"gate.override", resource) unless { principal.kind == "human" };`,
  'only-people-change-keys': `
    forbid (principal, action == Action::"key.edit", resource) unless { principal.kind == "human" };`,
  'a-token-stays-in-its-project': `
    forbid (principal, action, resource) when { principal has onlyIn && !(resource in principal.onlyIn) };`,
  'a-token-stays-within-its-permissions': `
    forbid (principal, action, resource) when { principal has only && !principal.only.contains(context.permission) };`,
}
