/** Work to do later, queued in the same transaction as the change that needs it; each names the verb that does it. Doing one twice is harmless. */
export type Job =
  | { verb: 'execute-run'; run: string }
  /** `at`: not before; at once when absent. */
  | { verb: 'advance-promotion'; promotion: string; at?: Date }
  /** Those that wait to be put beside that image. */
  | { verb: 'attach-summaries'; project: string; image: string; at?: Date }
  | { verb: 'clean-up'; at?: Date }
  /** Only while the environment's fence is still that one. */
  | { verb: 'take-down'; project: string; environment: string; fence: number }

export type Verb = Job['verb']

/** Takes jobs and has them done. */
export interface Queue {
  /** Starts taking the jobs that have a handler here. A handler that throws is called again with growing delay; one whose process dies is called again elsewhere within about ten seconds. The signal aborts when the job was taken away or the queue stops. */
  work(handlers: {
    [V in Verb]?: (job: Extract<Job, { verb: V }>, signal: AbortSignal) => Promise<void>
  }): Promise<void>
  /** Of these jobs, those about which nothing is queued, at once or later, or under way. */
  missing(jobs: Job[]): Promise<Job[]>
  /** Takes no more jobs and waits for running ones, at most that long. */
  stop(graceMilliseconds: number): Promise<void>
}
