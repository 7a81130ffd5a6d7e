import { z } from 'zod'
import type { Permission } from '../core/access.ts'

/** One thing the API can do. The server, the client, the OpenAPI document and the permission table all read this. */
export interface Endpoint<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> {
  method: 'GET' | 'POST'
  /** Below `/api/v1`; `:name` stands for one segment and fills that key of the input. */
  path: string
  /** What the caller needs; `authenticated` asks only for a valid credential, because the answer is about the caller or public. */
  permission: Permission | 'authenticated'
  /** One sentence for the reference. */
  summary: string
  /** Path parameters, query (GET) and body (POST) merged into one strict object. */
  /** The largest body, where it is not the usual one. */
  bodyBytes?: number
  /** What one caller may make slow for all: only some of these are answered at once. */
  costly?: true
  input: Input
  output: Output
}

/** Types an endpoint from its own schemas. */
export function endpoint<Input extends z.ZodObject, Output extends z.ZodType>(
  definition: Endpoint<Input, Output>,
): Endpoint<Input, Output> {
  return definition
}

/** Where every endpoint lives; a breaking change gets a new prefix. */
export const prefix = '/api/v1'
