import type { BranchFile } from '../core/branch-file.ts'
import type { CheckpointSink, LogHistory, SinkState } from '../core/checkpoint-sink.ts'
import type { HttpAnswer, HttpRequest } from '../core/http-request.ts'
import { Refusal } from '../core/refusal.ts'
import type { SinkSetting, SinkSettings } from '../core/sink-setting.ts'
import { fileSink } from './file.ts'
import { repositorySink } from './repository.ts'
import { startDelivering } from './start-delivering.ts'
import { webhookSink } from './webhook.ts'
import { witnessSink } from './witness.ts'

/** What it takes to bring checkpoints to all places there are. */
export interface SinksParts {
  settings: SinkSettings
  log: LogHistory
  http: (request: HttpRequest) => Promise<HttpAnswer>
  openBranch: (place: { repository: string; branch: string }) => BranchFile
  /** Gets the trouble with a place once, and null when it is over. */
  report: (name: string, trouble: Error | null) => void
}

/** Checkpoints on their way to all places. */
export interface Sinks {
  /** Says that there may be a newer checkpoint. */
  wake(): void
  states(): SinkState[]
  /** Throws what whoever looks after the server has to know: a place that contradicts the log, or too few witnesses. */
  check(): void
  stop(): Promise<void>
}

const witnessMilliseconds = 500

/** Starts bringing checkpoints to the witnesses at once, and to the other places when they have been gathered, with the cosignatures of the witnesses. */
export function startSinks({ settings, log, http, openBranch, report }: SinksParts): Sinks {
  const { witnessesNeeded, gatherSeconds, webhookKey } = settings
  const sinks = settings.sinks.map(sinkOf)
  const others = sinks.map((sink) =>
    startDelivering({ sinks: [sink], log, gatherMilliseconds: gatherSeconds * 1000, report }),
  )
  const witnesses = startDelivering({
    sinks: settings.witnesses.map((address) => witnessSink(address, http)),
    log,
    gatherMilliseconds: witnessMilliseconds,
    delivered: () => others.forEach((other) => other.wake()),
    report,
  })
  const all = [witnesses, ...others]

  function sinkOf(setting: SinkSetting): CheckpointSink {
    switch (setting.use) {
      case 'file':
        return fileSink(setting.file)
      case 'git':
        return repositorySink(openBranch(setting))
      case 'webhook':
        if (!webhookKey) throw new TypeError('a webhook needs a key')
        return webhookSink({ url: setting.url, key: webhookKey, http })
    }
  }

  return {
    wake: () => all.forEach((one) => one.wake()),
    states: () => all.flatMap((one) => one.states()),
    check() {
      const forks = all.flatMap((one) => one.states()).filter(({ forked }) => forked)
      if (forks.length > 0) throw alarm(forks.map(({ trouble }) => trouble).join('; '))
      // One that was not reached yet has said nothing either.
      const missing = witnesses.states().filter(({ trouble, size }) => trouble !== null || size === null)
      const cosigning = settings.witnesses.length - missing.length
      if (cosigning >= witnessesNeeded) return
      const why = missing.map(({ name, trouble }) => trouble ?? `${name} has not cosigned since the start`).join('; ')
      throw alarm(`${cosigning} of ${settings.witnesses.length} witnesses cosign, expected ${witnessesNeeded}: ${why}`)
    },
    stop: async () => void (await Promise.all(all.map((one) => one.stop()))),
  }
}

function alarm(message: string): Refusal {
  return new Refusal('unavailable', message, { reason: 'checkpoints' })
}
