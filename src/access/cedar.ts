import {
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  validate,
  type CheckParseAnswer,
  type EntityJson,
  type StatefulAuthorizationCall,
  type TypeAndId,
} from '@cedar-policy/cedar-wasm/nodejs'
import { permissions, roles, type Access, type Grant, type Resource } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import { digestOf } from '../core/digest.ts'
import { createMemory } from '../core/memory.ts'
import { policies } from './policies.ts'
import { permissionsOf } from './roles.ts'

const name = 'lockflight'
/** Some thousand decisions. */
const memoryCharacters = 1024 * 1024

/** The shipped roles as Cedar policies, checked against their schema once, here; throws when they do not fit it. */
export function createAccess(): Access {
  const schema = schemaText()
  const checked = validate({ schema, policies: { staticPolicies: policies } })
  const errors = checked.type === 'failure' ? checked.errors : checked.validationErrors.map(({ error }) => error)
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('; '))
  expectParsed(preparseSchema(name, schema))
  expectParsed(preparsePolicySet(name, { staticPolicies: policies }))
  // All that a decision depends on is in the question: policies and schema stay as they are.
  const memory = createMemory<boolean>(memoryCharacters)

  return {
    allows(actor, permission, resource, grants) {
      const question: StatefulAuthorizationCall = {
        principal: uid('Actor', actor.id),
        action: uid('Action', permission),
        resource: place(resource),
        context: { permission },
        preparsedSchemaName: name,
        preparsedPolicySetId: name,
        validateRequest: true,
        entities: [principal(actor, grants), ...placeWithParents(resource)],
      }
      return memory.recall(digestOf(JSON.stringify(question)), () => decide(question))
    },
  }
}

function decide(call: StatefulAuthorizationCall): boolean {
  const answer = statefulIsAuthorized(call)
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
  // A policy that failed to evaluate may be one that forbids.
  return answer.response.decision === 'allow' && answer.response.diagnostics.errors.length === 0
}

function expectParsed(answer: CheckParseAnswer): void {
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
}

/** One action per permission, in the action group of each role that has it. */
function schemaText(): string {
  const attributes = roles.map((role) => `${role}: Set<Place>`).join(', ')
  const actions = permissions.map((permission) => {
    const groups = roles.filter((role) => permissionsOf[role].includes(permission))
    return `action "${permission}" in [${groups.join(', ')}] appliesTo { principal: Actor, resource: Place, context: { permission: String } };`
  })
  return [
    'entity Place in [Place];',
    `entity Actor = { kind: String, ${attributes}, sees: Set<Place>, onlyIn?: Set<Place>, only?: Set<String> };`,
    ...roles.map((role) => `action ${role};`),
    ...actions,
  ].join('\n')
}

function principal(actor: Actor, grants: Grant[]): EntityJson {
  const { project, permissions: only } = actor.scope ?? {}
  const held = grants.filter((grant) => grant.actor === actor.id)
  return {
    uid: uid('Actor', actor.id),
    attrs: {
      kind: actor.kind,
      ...Object.fromEntries(roles.map((role) => [role, references(held.filter((grant) => grant.role === role))])),
      sees: references(held.map((grant) => ({ project: grant.project, environment: null }))),
      ...(project !== undefined && { onlyIn: references([{ project, environment: null }]) }),
      ...(only !== undefined && { only }),
    },
    parents: [],
  }
}

function references(places: Resource[]) {
  return places.map((where) => ({ __entity: place(where) }))
}

/** Slashes cannot be part of a project's or environment's name, so no two places share an id. */
function place({ project, environment }: Resource): TypeAndId {
  return uid('Place', ['', ...[project, environment].filter((part) => part !== null)].join('/'))
}

function placeWithParents(where: Resource): EntityJson[] {
  const { project, environment } = where
  if (project === null) return [{ uid: place(where), attrs: {}, parents: [] }]
  const parent = { project: environment === null ? null : project, environment: null }
  return [{ uid: place(where), attrs: {}, parents: [place(parent)] }, ...placeWithParents(parent)]
}

function uid(type: string, id: string): TypeAndId {
  return { type, id }
}
