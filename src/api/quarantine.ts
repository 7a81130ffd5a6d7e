import { z } from 'zod'
import { time } from './wire.ts'

/** Who put a release into quarantine, and why. */
export const quarantine = z.object({ by: z.string(), reason: z.string(), at: time })
