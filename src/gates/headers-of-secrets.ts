import { z } from 'zod'
import { variableName } from '../core/names.ts'

/** Those that say where a request ends and whom it is for are not for a policy to set. */
const headerName =
  /^(?!(?:host|connection|content-length|transfer-encoding|accept-encoding|upgrade|te|trailer|expect)$)[a-z0-9-]{1,64}$/i

/** Headers by name, each with the name of the secret that is its whole value: no secret ever stands in a policy (A21). */
export const headersOfSecrets = z
  .record(z.string().regex(headerName, 'expected the name of a header such as Authorization'), variableName)
  .default({})
  .describe('Headers to send, each with the name of the secret of this project that is its whole value')
