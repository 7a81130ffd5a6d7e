/** What a witness is told when it starts. */
export interface WitnessOptions {
  /** Its own, with its key and its memory; nobody else runs a witness there. */
  folder: string
  /** For its first start; null for a name made from that of the machine. */
  name: string | null
  /** The vkeys of the logs it is to know; their names are the origins. */
  logs: string[]
  listen: { host: string; port: number }
  /** Gets what someone should look at. */
  report: (message: string) => void
}

/** A witness that answers. */
export interface RunningWitness {
  url: string
  /** What logs and auditors are given: its name, key id and public key. */
  vkey: string
  /** Answers what is under way, and ends. */
  stop(): Promise<void>
}
