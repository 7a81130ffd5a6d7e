import { homedir } from 'node:os'
import packageJson from '../package.json' with { type: 'json' }
import { runCli } from './cli/run.ts'

// Everything but the command line itself is loaded only by the commands that need it: a short command starts fast.
const code = await runCli(process.argv.slice(2), {
  version: packageJson.version,
  async readConfiguration(text, file, files) {
    const { readConfiguration } = await import('./slots.ts')
    return readConfiguration(text, file, files)
  },
  async testPolicy(configuration, tests) {
    const { testPolicy } = await import('./slots.ts')
    return testPolicy(configuration, tests)
  },
  async conform(one) {
    const [{ conform }, { parsers }] = await Promise.all([import('./conform/conform.ts'), import('./slots.ts')])
    return conform(one, parsers)
  },
  async startWitness(options) {
    const { startWitness } = await import('./witness/start-witness.ts')
    return startWitness(options)
  },
  async startServer(home) {
    const [{ readConfig }, { startSystem }] = await Promise.all([import('./config.ts'), import('./system.ts')])
    return startSystem({ ...readConfig(process.env, homedir()), home }, packageJson.version)
  },
})

process.exitCode = code
// Saves the time Node takes to clean up; what a slow reader has not taken yet still goes out.
if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit()
