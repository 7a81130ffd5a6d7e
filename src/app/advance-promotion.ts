import type { App } from './app.ts'
import { carryOutDeployment } from './carry-out-deployment.ts'
import { judgePromotion } from './judge-promotion.ts'
import { verifyDeployment } from './verify-deployment.ts'

/** Moves one promotion on as far as it goes now. Safe to run at any time, any number of times, from anywhere. */
export async function advancePromotion(app: App, id: string, signal: AbortSignal): Promise<void> {
  const promotion = await app.store.read((tx) => tx.promotions.load(id))
  switch (promotion.state) {
    case 'waiting':
      return judgePromotion(app, promotion)
    case 'deploying':
      return carryOutDeployment(app, promotion, signal)
    case 'verifying':
      return verifyDeployment(app, promotion)
    case 'succeeded':
    case 'failed':
    case 'rejected':
    case 'cancelled':
    case 'superseded':
    case 'expired':
      return undefined
  }
}
