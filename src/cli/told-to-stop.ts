import { exitCodes } from './exit-code.ts'

/** Resolves at the first signal; a second one ends the process at once. */
export function toldToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(exitCodes.failed))
        resolve(signal)
      })
    }
  })
}
