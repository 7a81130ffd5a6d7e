import type { Client } from '../client.ts'

/** What one function of the client answers. */
export type Answer<Name extends Exclude<keyof Client, 'follow' | 'open'>> = Awaited<ReturnType<Client[Name]>>
