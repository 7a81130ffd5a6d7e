import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '../../src/app/app.ts'

/** The app, with transactions that commit only when that is so: nobody else sees before what they have done. */
export function committingWhen(app: App, isSo: () => Promise<boolean>): App {
  return {
    ...app,
    store: {
      ...app.store,
      transaction: (work) =>
        app.store.transaction(async (tx) => {
          const result = await work(tx)
          const deadline = Date.now() + 20_000
          while (!(await isSo())) {
            if (Date.now() > deadline) throw new Error('nothing let this transaction commit within 20 s')
            await pause(5)
          }
          return result
        }),
    },
  }
}
