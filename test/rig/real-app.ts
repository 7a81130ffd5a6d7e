import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../../src/app/app.ts'
import { readConfig } from '../../src/config.ts'
import type { Store } from '../../src/core/store.ts'
import { createApp } from '../../src/system.ts'
import { shareCompiledCode } from './deployers.ts'

/** What keeps running until it is stopped. */
export type Later = (step: () => Promise<unknown>) => void

/** The verbs as the running system has them, with all their folders below `home`. */
export async function createRealApp(home: string, store: Store, later: Later): Promise<App> {
  const keys = join(home, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  await shareCompiledCode(join(home, 'targets'))
  const config = readConfig({ LOCKFLIGHT_HOME: home, LOCKFLIGHT_BUILDER_ID: builderId }, home)
  return createApp({ config, version: '0.0.0-test', store, keys, later })
}

/** How this installation calls itself as a builder. */
export const builderId = 'https://lockflight.example/builder'
