import { z } from 'zod'
import { entryTypes } from '../core/entry.ts'
import { provenEntry } from '../core/log-proof.ts'
import { slug } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { inProject } from './place.ts'
import { id, line, time } from './wire.ts'

const entry = z.object({
  index: z.int(),
  id: z.string(),
  type: z.enum(entryTypes),
  at: z.string(),
  actor: z.string(),
  project: z.string().nullable(),
  environment: z.string().nullable(),
  subject: z.string(),
  data: z.record(z.string(), z.unknown()),
})

const discrepancy = z.object({
  kind: z.string().describe('What it is about, such as approval or grant'),
  subject: z.string(),
  recorded: z.unknown().describe('What the tables hold; null when they know nothing of it'),
  logged: z.unknown().describe('What the log says; null when it knows nothing of it'),
})

const sink = z.object({
  name: z.string(),
  size: z
    .int()
    .nullable()
    .describe('How many entries the checkpoint has that was brought there last; null before the first'),
  deliveredAt: time.nullable(),
  trouble: z.string().nullable().describe('Why the newest one cannot be brought there; null while all is well'),
  forked: z.boolean().describe('True when what is there contradicts the log: entries were lost or rewritten'),
  failures: z.int().describe('How often it failed since it last went well'),
})

/** Endpoints that read the log; its tiles and checkpoint are served beside them, as C2SP wants. */
export const log = {
  listEntries: endpoint({
    method: 'GET',
    path: '/log/entries',
    permission: 'log.read',
    summary: 'Entries of the log you may read, oldest first unless asked otherwise',
    input: z.strictObject({
      project: slug.exactOptional(),
      environment: slug.exactOptional(),
      subject: line(320).exactOptional(),
      types: z.array(z.enum(entryTypes)).min(1).exactOptional(),
      from: z.int().min(0).default(0).describe('The `next` of the page before'),
      newestFirst: z.boolean().default(false),
      limit: z.int().min(1).max(1000).default(100),
    }),
    output: z.object({
      items: z.array(entry),
      next: z.int().describe('Where to go on'),
      done: z.boolean().describe('True when there is no more for now'),
    }),
  }),
  listCheckpoints: endpoint({
    method: 'GET',
    path: '/log/checkpoints',
    permission: 'log.read',
    summary: 'Every checkpoint the log has signed, the smallest first (C2SP tlog-checkpoint)',
    input: z.strictObject({
      above: z.int().min(0).default(0).describe('Only those over more entries: the size of the last one you have'),
      limit: z.int().min(1).max(1000).default(1000),
    }),
    output: z.object({
      items: z.array(z.object({ size: z.int().describe('How many entries it signs for'), note: z.string() })),
      done: z.boolean().describe('True when there is no more for now'),
    }),
  }),
  listSinks: endpoint({
    method: 'GET',
    path: '/log/sinks',
    permission: 'log.read',
    summary:
      'Where this server brings checkpoints of the log (witnesses, files, repositories, webhooks), and how it stands there',
    input: z.strictObject({}),
    output: z.object({ items: z.array(sink) }),
  }),
  provePromotion: endpoint({
    method: 'GET',
    path: '/projects/:project/promotions/:id/proof',
    permission: 'log.read',
    summary:
      'What the log says of a promotion, each entry with its inclusion proof under one signed checkpoint (RFC 6962)',
    input: z.strictObject({ ...inProject, id }),
    output: z.object({ checkpoint: z.string().describe('A signed note'), entries: z.array(provenEntry) }),
  }),
  listDiscrepancies: endpoint({
    method: 'GET',
    path: '/log/discrepancies',
    permission: 'log.read',
    summary: 'Records that are not what the log says of them; none unless someone changed the database',
    costly: true,
    input: z.strictObject({}),
    output: z.object({ items: z.array(discrepancy) }),
  }),
}
