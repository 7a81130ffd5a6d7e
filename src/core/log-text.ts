/** One piece of what a job or a deployment printed. */
export interface LogChunk {
  /** Counts up within the stream, without gaps. */
  sequence: number
  at: Date
  text: string
}

/** What jobs and deployments print, in order. A stream is `run/<id>/<job>/<attempt>` or `deployment/<promotion>/<attempt>`. */
export interface LogText {
  append(stream: string, pieces: { at: Date; text: string }[]): Promise<void>
  read(stream: string, query: { from: number; limit: number }): Promise<LogChunk[]>
}
