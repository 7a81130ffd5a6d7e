import { z } from 'zod'
import { roles } from '../core/access.ts'
import { slug } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { inProject } from './place.ts'
import { actor, line, time } from './wire.ts'

const member = z.object({
  id: z.string(),
  kind: z.enum(['human', 'machine']),
  name: z.string(),
  emails: z.array(z.string()),
  disabled: z.boolean(),
  createdAt: time,
})

const grant = z.strictObject({
  actor,
  role: z.enum(roles),
  project: slug.nullable().default(null).describe('Null: all projects'),
  environment: slug.nullable().default(null).describe('Null: all environments of the project'),
})

const groupMember = z.strictObject({ ...inProject, group: slug, actor })
const changed = z.object({ changed: z.boolean().describe('False when it was so already') })

/** Endpoints about people and machines, their roles and groups. */
export const members = {
  getMe: endpoint({
    method: 'GET',
    path: '/me',
    permission: 'authenticated',
    summary: 'Who you are here and what you were granted',
    input: z.strictObject({}),
    output: z.object({
      id: z.string(),
      kind: z.enum(['human', 'machine', 'system']),
      name: z.string(),
      scope: z.object({ project: z.string().exactOptional(), permissions: z.array(z.string()).exactOptional() }),
      grants: z.array(grant),
    }),
  }),
  listMembers: endpoint({
    method: 'GET',
    path: '/members',
    permission: 'member.edit',
    summary: 'Everyone known here, with what they were granted',
    input: z.strictObject({}),
    output: z.object({ items: z.array(member.extend({ grants: z.array(grant) })) }),
  }),
  saveMember: endpoint({
    method: 'POST',
    path: '/members',
    permission: 'member.edit',
    summary: 'Adds a person or machine, changes one, or enables one again',
    input: z.strictObject({
      subject: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected lower-case letters, digits, dot, dash'),
      kind: z.enum(['human', 'machine']),
      name: line(128),
      emails: z
        .array(
          z
            .string()
            .max(254)
            .regex(/^[^\s\p{C}@]+@[^\s\p{C}@]+$/u, 'expected an e-mail address'),
        )
        .max(20)
        .default([])
        .describe('Addresses in this person’s commits'),
    }),
    output: member,
  }),
  disableMember: endpoint({
    method: 'POST',
    path: '/members/:actor/disable',
    permission: 'member.edit',
    summary: 'Ends every right and token of a member at once',
    input: z.strictObject({ actor }),
    output: member,
  }),
  addGrant: endpoint({
    method: 'POST',
    path: '/grants',
    permission: 'member.edit',
    summary: 'Gives a member a role',
    input: grant,
    output: changed,
  }),
  removeGrant: endpoint({
    method: 'POST',
    path: '/grants/remove',
    permission: 'member.edit',
    summary: 'Takes a role away',
    input: grant,
    output: changed,
  }),
  listGroups: endpoint({
    method: 'GET',
    path: '/projects/:project/groups',
    permission: 'project.read',
    summary: 'The groups of a project that approvals can ask for',
    input: z.strictObject(inProject),
    output: z.object({ items: z.array(z.object({ name: z.string(), members: z.array(z.string()) })) }),
  }),
  joinGroup: endpoint({
    method: 'POST',
    path: '/projects/:project/groups/:group/members',
    permission: 'member.edit',
    summary: 'Puts a member into a group',
    input: groupMember,
    output: changed,
  }),
  leaveGroup: endpoint({
    method: 'POST',
    path: '/projects/:project/groups/:group/members/remove',
    permission: 'member.edit',
    summary: 'Takes a member out of a group',
    input: groupMember,
    output: changed,
  }),
}
