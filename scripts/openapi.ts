import { z } from 'zod'
import { api } from '../src/api/api.ts'
import { condition } from '../src/api/condition.ts'
import { prefix, type Endpoint } from '../src/api/endpoint.ts'
import { explanation, promotion } from '../src/api/promotion.ts'
import { artifact, release, source } from '../src/api/release.ts'
import { refusalCodes } from '../src/core/refusal.ts'

type Json = Record<string, unknown>

/** Schemas worth a name of their own, innermost first. */
const named = {
  Source: source,
  Artifact: artifact,
  Release: release,
  Condition: condition,
  Promotion: promotion,
  Explanation: explanation,
}

const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('For people: names the thing, what was expected and what was found'),
    code: z.enum([...refusalCodes, 'internal']).describe('Stable'),
    reason: z.string().describe('Stable, finer than the code'),
    problems: z.array(z.object({ at: z.string(), message: z.string() })),
    requestId: z.string(),
  })
  .describe('RFC 9457')

/** The API as an OpenAPI 3.1 document: every endpoint of `src/api`, from the schemas the server itself uses. */
export function openApiDocument(version: string): Json {
  const components = new Map<string, string>()
  const schemas: Json = { Problem: schemaOf(problem) }
  for (const [name, schema] of Object.entries(named)) {
    const whole = schemaOf(schema)
    schemas[name] = withReferences(whole, components)
    components.set(JSON.stringify(whole), name)
  }
  const paths: Record<string, Json> = {}
  for (const [name, endpoint] of Object.entries(api)) {
    const path = prefix + endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(name, endpoint, components) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lockflight',
      version,
      description:
        'Everything the command line does goes through this API. Not in here, because they do not speak JSON: `POST /api/v1/projects/{project}/uploads/{digest}`, which takes the bytes of a file, `/events` (server-sent events, CloudEvents 1.0), `/log/key`, `/log/checkpoint` and `/log/tile/…` (C2SP tlog-tiles), the bytes of artifacts, `/metrics` (Prometheus), `/healthz` and `/readyz`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:7070', description: 'A server on this machine' }],
    security: [{ token: [] }],
    tags: [...new Set(Object.values(api).map(tagOf))].map((tag) => ({ name: tag })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'From `lockflight tokens create`' } },
      schemas,
    },
  }
}

function operation(name: string, endpoint: Endpoint, components: Map<string, string>): Json {
  const { method, path, permission, summary, input, output } = endpoint
  const { properties = {}, required = [] } = schemaOf(input) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, key]) => key!)
  const rest = Object.keys(properties).filter((key) => !inPath.includes(key))
  const isGet = method === 'GET'
  const parameter = (key: string, place: 'path' | 'query') => {
    const { description, ...schema } = properties[key] ?? {}
    const needed = place === 'path' || required.includes(key)
    return { name: key, in: place, required: needed, ...(description ? { description } : {}), schema }
  }
  const needed = required.filter((key) => rest.includes(key))
  const body: Json = {
    type: 'object',
    properties: Object.fromEntries(rest.map((key) => [key, properties[key]])),
    ...(needed.length > 0 ? { required: needed } : {}),
    additionalProperties: false,
  }
  return {
    operationId: name,
    summary,
    description:
      permission === 'authenticated' ? 'Needs only a valid token.' : `Needs the permission \`${permission}\`.`,
    tags: [tagOf(endpoint)],
    parameters: [
      ...inPath.map((key) => parameter(key, 'path')),
      ...(isGet ? rest.map((key) => parameter(key, 'query')) : [idempotencyKey]),
    ],
    ...(isGet
      ? {}
      : { requestBody: { required: needed.length > 0, content: { 'application/json': { schema: body } } } }),
    responses: {
      200: {
        description: 'Done',
        content: { 'application/json': { schema: withReferences(schemaOf(output), components) } },
      },
      '4XX': refusal('Refused: nothing was changed'),
      '5XX': refusal('Out of order: try again later, with the same Idempotency-Key'),
    },
  }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    '8 to 128 visible ASCII characters, such as a UUID. The same request under the same key is done once, and answered the same again for at least 24 hours',
  schema: { type: 'string', minLength: 8, maxLength: 128, pattern: '^[!-~]+$' },
}

function refusal(description: string): Json {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}

function tagOf({ path }: Endpoint): string {
  const words = path.split('/').filter((word) => word !== '' && !word.startsWith(':'))
  return (words[0] === 'projects' ? words[1] : words[0]) ?? 'projects'
}

/** What goes over the wire, before it becomes dates and the like. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => dropWhatTypesSay(jsonSchema),
  }) as Json
  return rest
}

/** A format or type says it already, and a reader should not have to. */
function dropWhatTypesSay(schema: { format?: string; pattern?: string; minimum?: number; maximum?: number }): void {
  if (schema.format === 'date-time') delete schema.pattern
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}

function withReferences(schema: unknown, components: Map<string, string>): unknown {
  if (Array.isArray(schema)) return schema.map((each) => withReferences(each, components))
  if (typeof schema !== 'object' || schema === null) return schema
  const { description, ...bare } = schema as Json
  const name = components.get(JSON.stringify(bare)) ?? components.get(JSON.stringify(schema))
  if (name) return { $ref: `#/components/schemas/${name}`, ...(description ? { description } : {}) }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withReferences(value, components)]))
}
