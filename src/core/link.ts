import { z } from 'zod'

/** A place with more about something: a web address, or a path of this API. */
export const link = z.strictObject({
  title: z.string().max(256),
  url: z
    .string()
    .max(2048)
    .regex(/^(https?:\/\/|\/)[^\s\p{Cc}]*$/u, 'expected an http(s) address or a path of this server'),
})
export type Link = z.infer<typeof link>
