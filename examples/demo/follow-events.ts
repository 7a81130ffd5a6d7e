import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { happened } from './narrate.ts'
import type { Person } from './person.ts'

const shown = [
  'release.created',
  'promotion.requested',
  'promotion.superseded',
  'gate.failed',
  'approval.granted',
  'deploy.started',
  'deploy.completed',
  'rollback.executed',
  'environment.held',
]

/** Prints the events of the project as they happen, until it is told to stop. */
export function followEvents({ place, token }: Person): () => void {
  const env = token === null ? place.env : { ...place.env, LOCKFLIGHT_TOKEN: token }
  const args = ['events', '--follow', ...shown.flatMap((type) => ['--type', type])]
  const child = spawn('lockflight', args, { cwd: place.shop, env, stdio: ['ignore', 'pipe', 'inherit'] })
  createInterface({ input: child.stdout }).on('line', happened)
  return () => void child.kill('SIGINT')
}
