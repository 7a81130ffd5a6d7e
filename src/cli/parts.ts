import type { Configuration } from '../core/configuration.ts'
import type { ConformanceCase, ConformanceVerdict } from '../core/conformance.ts'
import type { Home } from '../core/home.ts'
import type { PolicyTestResult } from '../core/policy-test.ts'
import type { RunningWitness, WitnessOptions } from '../core/witness.ts'
import type { FileTexts } from '../core/slo-files.ts'
import type { BundleVerifier } from '../core/verify-bundle.ts'

/** What the commands need from the rest of the house; main.ts gives it. Each is loaded only when it is called. */
export interface CliParts {
  /** The version in package.json. */
  version: string
  /** Reads a lockflight.yaml with the schema of all built-in extensions; refuses with every problem and its place. */
  readConfiguration(text: string, file: string, files?: FileTexts): Promise<Configuration>
  /** Runs a team's tests of its own policy; refuses with every problem of the file and its place. */
  testPolicy(configuration: Configuration, tests: { text: string; file: string }): Promise<PolicyTestResult[]>
  /** What checks bundles, by keys and by certificates. */
  bundleVerifier(): Promise<BundleVerifier>
  /** Encrypts the keys in that folder with another passphrase; the one before is where the server finds it. Returns their files. */
  protectKeys(folder: string, passphrase: { file: string } | { text: string }): Promise<string[]>
  /** Decides one case of a public conformance suite, offline. */
  conform(one: ConformanceCase): Promise<ConformanceVerdict>
  /** Runs the whole of Lockflight in this process; resolves once requests are answered and `credentialsFile` is written. */
  startServer(home: Home): Promise<RunningServer>
  /** Runs a witness in this process; resolves once it answers. */
  startWitness(options: WitnessOptions): Promise<RunningWitness>
}

/** A server of this process. */
export interface RunningServer {
  /** Where it answers. */
  url: string
  /** Takes no more work, lets running work end within its grace, and closes everything. */
  stop(): Promise<void>
}
