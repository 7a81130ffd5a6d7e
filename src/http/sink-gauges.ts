import { Gauge, type Registry } from 'prom-client'
import type { SinkState } from '../core/checkpoint-sink.ts'

const gauges: { name: string; help: string; of: (state: SinkState) => number | undefined }[] = [
  {
    name: 'size',
    help: 'The size of the checkpoint that this server brought there last.',
    of: ({ size }) => size ?? undefined,
  },
  {
    name: 'trouble',
    help: '1 while the newest checkpoint cannot be brought there.',
    of: ({ trouble }) => (trouble === null ? 0 : 1),
  },
  {
    name: 'forked',
    help: '1 while what is there contradicts the log: entries were lost or rewritten.',
    of: ({ forked }) => (forked ? 1 : 0),
  },
]

/** Adds how it stands with each place that checkpoints are brought to, as it is when someone looks. */
export function addSinkGauges(registry: Registry, states: () => SinkState[]): void {
  for (const { name, help, of } of gauges) {
    const gauge = new Gauge({
      name: `lockflight_checkpoint_sink_${name}`,
      help,
      labelNames: ['sink'],
      registers: [registry],
      collect() {
        for (const state of states()) {
          const value = of(state)
          if (value !== undefined) gauge.set({ sink: state.name }, value)
        }
      },
    })
  }
}
