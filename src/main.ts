import { homedir } from 'node:os'
import packageJson from '../package.json' with { type: 'json' }
import { runCli } from './cli/run.ts'

/**
 * Everything but the command line itself is loaded only by the commands that need it, and nothing is awaited at the top,
 * so that bin/lockflight can load this file by `require`: a short command starts fast.
 */
async function main(): Promise<void> {
  process.exitCode = await runCli(process.argv.slice(2), {
    version: packageJson.version,
    async readConfiguration(text, file, files) {
      const { readConfiguration } = await import('./slots.ts')
      return readConfiguration(text, file, files)
    },
    async testPolicy(configuration, tests) {
      const { testPolicy } = await import('./slots.ts')
      return testPolicy(configuration, tests)
    },
    async bundleVerifier() {
      return (await import('./trust/verify-own.ts')).verifyOwn
    },
    async protectKeys(folder, passphrase) {
      const [{ readConfig }, { passphraseOf }, { protectKeys }] = await Promise.all([
        import('./config.ts'),
        import('./signers/index.ts'),
        import('./signers/protect-keys.ts'),
      ])
      const { signer } = readConfig(process.env, homedir())
      const before = signer.use === 'local' && signer.passphrase ? passphraseOf(signer.passphrase) : null
      return protectKeys(folder, { before, after: passphraseOf(passphrase) })
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
      const config = readConfig(process.env, homedir())
      // Nothing that is started from here on gets it.
      delete process.env['LOCKFLIGHT_KEY_PASSPHRASE']
      delete process.env['LOCKFLIGHT_CHECKPOINT_SECRET']
      return startSystem({ ...config, home }, packageJson.version)
    },
  })
  // Saves the time Node takes to clean up; what a slow reader has not taken yet still goes out.
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit()
}

void main()
