/** The Merkle log as outsiders read it (C2SP tlog-tiles); each refuses with `not_found` what is not there yet. */
export interface PublicLog {
  /** The C2SP verifier key that checkpoints are signed with. */
  vkey: string
  checkpoint(): Promise<string>
  tile(level: number, index: number, width: number): Promise<Uint8Array>
  entries(index: number, width: number): Promise<Uint8Array>
  /** Calls back when the log may have grown, until the returned function is called. A hint: it may come late or twice. */
  onGrowth(wake: () => void): () => void
}

/** How much one server takes on. */
export interface Limits {
  bodyBytes: number
  /** The time for a request to arrive whole, and for its headers alone. */
  requestMilliseconds: number
  headersMilliseconds: number
  /** The same for a file that someone who may hands in. */
  uploadMilliseconds: number
  /** Requests per second of one member, in the long run; ten times as many at once. */
  requestsPerSecond: number
  /** Costly requests under way at once: of one member, and of all together; those that look and those that hand in each for themselves. */
  costlyPerMember: number
  costly: number
  /** Failed authentications per minute from one address. */
  failuresPerMinute: number
  streams: number
  streamsPerMember: number
}

/** Generous for people and pipelines, small enough that no single caller holds up the rest. */
export const defaultLimits: Limits = {
  bodyBytes: 1_048_576,
  requestMilliseconds: 30_000,
  headersMilliseconds: 10_000,
  uploadMilliseconds: 3_600_000,
  requestsPerSecond: 500,
  costlyPerMember: 4,
  costly: 8,
  failuresPerMinute: 30,
  streams: 1000,
  streamsPerMember: 20,
}

/** What the server needs beside the verbs and the store; made in main.ts. */
export interface Surroundings {
  log: PublicLog
  /** Names this installation in events (CloudEvents `source`). */
  source: string
  /** What must work for this server to take requests; a throw says what does not. */
  checks: Record<string, () => Promise<unknown>>
  /** Gets what nobody expected, once, with the id that the caller was given. */
  report: (error: unknown, requestId: string) => void
  limits?: Partial<Limits>
}
