import { defineConfig } from 'vitest/config'

const inCi = process.env['CI'] === 'true'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/rig/postgres.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: inCi ? ['default', ['json', { outputFile: 'test-results.json' }]] : ['default'],
  },
})
