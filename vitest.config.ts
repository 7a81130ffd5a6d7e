import { availableParallelism } from 'node:os'
import { delimiter, resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { binFolder } from './test/carried-tools.ts'
import { LongestFirst } from './test/rig/longest-first.ts'

const inCi = process.env['CI'] === 'true'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/rig/postgres.ts'],
    // What tests start begins in half the time when its code is compiled already; `startDeployers` needs it too.
    env: {
      NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/compiled'),
      PATH: `${process.env['PATH']}${delimiter}${binFolder}`,
    },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests wait for processes they started, and meanwhile another file can use the core.
    maxWorkers: availableParallelism() + 1,
    // No file changes what modules keep; reading all modules anew for each would take a third of the time.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    reporters: inCi ? ['default', ['json', { outputFile: 'test-results.json' }]] : ['default'],
  },
})
