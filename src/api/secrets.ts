import { z } from 'zod'
import { variableName } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { inProject } from './place.ts'
import { time } from './wire.ts'

const oneSecret = { ...inProject, name: variableName }

/** Too short to be masked in logs without masking ordinary words. */
const minimumLength = 6

/** Endpoints that set secrets; none of them ever shows a value. */
export const secrets = {
  listSecrets: endpoint({
    method: 'GET',
    path: '/projects/:project/secrets',
    permission: 'secret.edit',
    summary: 'The names of a project’s secrets; no value is ever shown again',
    input: z.strictObject(inProject),
    output: z.object({ items: z.array(z.object({ name: z.string(), setAt: time })) }),
  }),
  setSecret: endpoint({
    method: 'POST',
    path: '/projects/:project/secrets',
    permission: 'secret.edit',
    summary: 'Sets the value that jobs asking for this name get',
    input: z.strictObject({
      ...oneSecret,
      value: z
        .string()
        .min(minimumLength)
        .max(65_536)
        .refine((value) => !value.includes('\0'), 'expected text without NUL'),
    }),
    output: z.object({ name: z.string(), setAt: time }),
  }),
  removeSecret: endpoint({
    method: 'POST',
    path: '/projects/:project/secrets/remove',
    permission: 'secret.edit',
    summary: 'Removes a secret; jobs that ask for it fail from now on',
    input: z.strictObject(oneSecret),
    output: z.object({ name: z.string() }),
  }),
}
