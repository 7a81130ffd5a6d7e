import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { carryOutDeployment } from './carry-out-deployment.ts'
import { workOn } from './deployment-at-work.ts'
import { judgePromotion } from './judge-promotion.ts'
import { verifyDeployment } from './verify-deployment.ts'

/** Moves one promotion on as far as it goes now. Safe to run at any time, any number of times, from anywhere. */
export async function advancePromotion(app: App, id: string, signal: AbortSignal): Promise<void> {
  // One look finds what is to be done and reads what that takes; it is done when the look has ended.
  const step = await app.store.read((tx) => nextStep(app, tx, id, signal))
  return step?.()
}

async function nextStep(app: App, tx: Transaction, id: string, signal: AbortSignal) {
  const promotion = await tx.promotions.load(id)
  switch (promotion.state) {
    case 'waiting':
      return () => judgePromotion(app, promotion)
    case 'deploying': {
      const work = await workOn(tx, promotion)
      return () => carryOutDeployment(app, work, signal)
    }
    case 'verifying': {
      const work = await workOn(tx, promotion)
      return () => verifyDeployment(app, work)
    }
    case 'succeeded':
    case 'failed':
    case 'rejected':
    case 'cancelled':
    case 'superseded':
    case 'expired':
      return null
  }
}
