import { z } from 'zod'

/** A name people choose for a project, environment, job or gate: lower-case, digits and dashes, at most 63. */
export const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'expected lower-case letters, digits and dashes (at most 63)')

/** The name of an environment variable. */
export const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'expected a name such as NODE_ENV')

/** The name of one artifact: a plain file name, so that no download or unpacking can leave its folder. */
export const artifactName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/, 'expected a plain file name (letters, digits, dot, dash, underscore)')

/** A path below a folder that cannot leave it: relative, forward slashes, no `..`, no control characters. */
export const insidePath = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => isInside(path), 'expected a relative path that stays inside the workspace')

/** A list of names that says each of them once. */
export function eachOnce<Name extends z.ZodType<string>>(name: Name) {
  return z
    .array(name)
    .superRefine((names, context) => {
      const said = new Set<string>()
      for (const [index, each] of names.entries()) {
        if (said.has(each)) {
          context.addIssue({ code: 'custom', path: [index], message: `expected each name once, found ${each} again` })
        }
        said.add(each)
      }
    })
    .meta({ uniqueItems: true })
}

function isInside(path: string): boolean {
  if (path.startsWith('/') || path.includes('\\') || /\p{Cc}|\p{Cf}/u.test(path)) return false
  return !path.split('/').includes('..')
}
