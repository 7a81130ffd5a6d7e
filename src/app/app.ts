import type { Access } from '../core/access.ts'
import type { ArtifactStore } from '../core/artifacts.ts'
import type { Signer } from '../core/attestation.ts'
import type { SinkState } from '../core/checkpoint-sink.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Deployer } from '../core/deployer.ts'
import type { Gate, Outside } from '../core/gate.ts'
import type { ReportReader } from '../core/report.ts'
import type { Registries } from '../core/registry.ts'
import type { Repositories } from '../core/repository.ts'
import type { Router } from '../core/router.ts'
import type { Runner } from '../core/runner.ts'
import type { SecretBox } from '../core/secret.ts'
import type { FileTexts } from '../core/slo-files.ts'
import type { Store } from '../core/store.ts'
import type { Verification } from '../core/verification.ts'

/** What the verbs need from outside, built once in main.ts. */
export interface App {
  store: Store
  access: Access
  artifacts: ArtifactStore
  repositories: Repositories
  registries: Registries
  runner: Runner
  signer: Signer
  secretBox: SecretBox
  outside: Outside
  gates: Record<string, Gate>
  deployers: Record<string, Deployer>
  routers: Record<string, Router>
  verifications: Record<string, Verification>
  reports: Record<string, ReportReader>
  /** How it stands with each place that checkpoints of the log are brought to. */
  sinks: () => SinkState[]
  /** This installation as the builder of releases: the `builder.id` of provenance. */
  builderId: string
  /** The version of Lockflight, as provenance names it. */
  version: string
  /** Reads a lockflight.yaml, with what the files say that it names when their texts are given; refuses with every problem and its place. */
  readConfiguration: (text: string, file: string, files?: FileTexts) => Configuration
  /** A new unique id; sorts by the time it was made. */
  newId: () => string
  randomBytes: (count: number) => Uint8Array
}
