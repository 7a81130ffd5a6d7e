import { z } from 'zod'
import { time } from './wire.ts'

/** The keys that ask for a part of a text. */
export const textQuery = {
  from: z.int().min(0).default(0).describe('The `next` of the part before'),
  limit: z.int().min(1).max(1000).default(500),
}

/** A part of what a job or a deployment printed. */
export const text = z.object({
  pieces: z.array(z.object({ sequence: z.int(), at: time, text: z.string() })),
  next: z.int().describe('Where to go on'),
  done: z.boolean().describe('True when nothing will follow'),
})
