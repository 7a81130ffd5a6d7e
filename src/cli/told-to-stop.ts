import { exitCodes } from './exit-code.ts'

/** Resolves at the first signal; a second one ends the process at once. */
export function toldToStop(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => onFirst(['SIGTERM', 'SIGINT', 'SIGHUP'], resolve))
}

/** Aborts at the first Ctrl-C or SIGTERM, with the signal as its reason; a second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  onFirst(['SIGINT', 'SIGTERM'], (signal) => controller.abort(signal))
  return controller.signal
}

function onFirst(signals: NodeJS.Signals[], told: (signal: NodeJS.Signals) => void): void {
  let isFirst = true
  for (const signal of signals) {
    process.on(signal, () => {
      if (!isFirst) process.exit(signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated)
      isFirst = false
      told(signal)
    })
  }
}
