/** One HTTP request to the world outside; whoever sends it follows no redirect and asks for no compression. */
export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  url: string
  headers?: Record<string, string>
  body?: string
  /** For all of it: the name, the connection and the last byte of the answer. */
  timeoutSeconds: number
  /** A longer answer is refused. */
  maxBytes: number
  /** Takes the beginning of a longer answer instead of refusing it. */
  cut?: boolean
  /** True only for the address of a deployed service, told by its deployer: it may be on this machine. */
  deployed?: boolean
}

/** A request of a gate: secrets of the project stand in it by name, so that no gate ever holds one (A21). */
export interface GateRequest extends Omit<HttpRequest, 'deployed' | 'cut'> {
  /** Headers by name, each with the name of the secret that is its whole value. */
  secretHeaders?: Record<string, string>
  /** The name of a secret to sign the body with, by Standard Webhooks. */
  signedWith?: string
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  status: number
  /** The media type in lower case, without parameters; empty when there was none. */
  type: string
  /** By lower-case name. */
  headers: Record<string, string>
  body: Uint8Array
}
