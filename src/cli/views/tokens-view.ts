import type { Answer } from '../answer.ts'
import { until, type Look } from '../look.ts'
import { table } from '../table.ts'

/** Tokens as a list: whose, for what, and until when. */
export function tokensText({ items }: Answer<'listTokens'>, { paint, now }: Look): string {
  if (items.length === 0) return 'no tokens'
  const state = (expiresAt: Date, revokedAt: Date | null) => {
    if (revokedAt) return paint('red', 'revoked')
    return expiresAt > now ? `expires in ${until(expiresAt, now)}` : paint('red', 'expired')
  }
  const rows = items.map(({ id, label, owner, scope, expiresAt, revokedAt }) => [
    id,
    paint('bold', label),
    owner,
    scope.project ?? 'all projects',
    scope.permissions?.join(', ') ?? 'all its owner may do',
    state(expiresAt, revokedAt),
  ])
  return table(rows)
}
