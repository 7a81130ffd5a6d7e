import type { z } from 'zod'
import { api, type Api } from '../../src/api/api.ts'
import { prefix } from '../../src/api/endpoint.ts'
import type { Asked } from './server.ts'

/** What exists in the installation that samples are about. */
export interface Known {
  release: string
  promotion: string
  run: string
  token: string
  member: string
}

/** A well-formed input for every endpoint of the API; a new endpoint does not compile without one. */
function samples(known: Known): { [Name in keyof Api]: z.input<Api[Name]['input']> } {
  const project = 'shop'
  const reason = 'a test asks'
  const policyText = JSON.stringify({
    signers: [{ identity: 'ci@example.com', issuer: 'https://x', builders: ['b'], 'build-types': ['t'] }],
    sources: [{ repository: 'https://x/shop', refs: ['refs/heads/main'] }],
  })
  const promotion = { project, id: known.promotion }
  const run = { project, id: known.run }
  const prod = { project, environment: 'prod' }
  const grant = { actor: known.member, role: 'developer', project } as const
  const membership = { project, group: 'releasers', actor: known.member }
  return {
    listProjects: {},
    getProject: { project },
    getStatus: { project },
    applyRevision: { project, text: 'project: shop\nenvironments: {}\n' },
    getProposal: { project },
    confirmRevision: { project, digest: `sha256:${'0'.repeat(64)}` },
    listRevisions: { project },
    startRun: { project, repository: '/nowhere' },
    listRuns: { project },
    getRun: run,
    cancelRun: run,
    readRunLog: { ...run, job: 'package' },
    listReleases: { project },
    getRelease: { project, release: known.release },
    verifyArtifact: { artifact: `sha256:${'0'.repeat(64)}`, bundles: ['{}'], policy: policyText },
    importRelease: { project, artifacts: [{ name: 'app', digest: `sha256:${'0'.repeat(64)}` }], bundles: ['{}'] },
    addEvidence: {
      project,
      release: known.release,
      files: [{ path: 'junit.xml', content: Buffer.from('<testsuites/>').toString('base64') }],
    },
    listEvidence: { project, release: known.release },
    quarantineRelease: { project, release: known.release, reason },
    liftQuarantine: { project, release: known.release, reason },
    requestPromotion: { ...prod, environment: 'stg', release: known.release },
    previewPromotion: { ...prod, release: known.release },
    listPromotions: { project },
    getPromotion: promotion,
    explainPromotion: promotion,
    provePromotion: promotion,
    answerPromotion: { ...promotion, decision: 'approve', reason },
    cancelPromotion: { ...promotion, reason },
    abortPromotion: { ...promotion, reason },
    requestOverride: { ...promotion, gate: 'approval', reason, risk: 'it may break' },
    confirmOverride: { project, override: 'none' },
    withdrawOverride: { project, override: 'none', reason },
    listOverrides: { project },
    requestRollback: { ...prod, environment: 'dev', reason },
    requestDrill: { ...prod, reason },
    listDrills: prod,
    holdEnvironment: { ...prod, reason },
    resumeEnvironment: { ...prod, reason },
    pinEnvironment: { ...prod, reason },
    unpinEnvironment: { ...prod, reason },
    takeDown: { ...prod, reason },
    listDeployments: prod,
    planRelease: { project, release: known.release },
    listVerdicts: { project },
    getEvidence: promotion,
    backtestPolicy: {
      project,
      text: 'project: shop\nenvironments: { prod: { deploy: { use: command, deploy: x } } }\n',
      since: '2026-01-01T00:00:00.000Z',
    },
    readDeploymentLog: { ...promotion, attempt: 1 },
    listEntries: { project },
    listCheckpoints: {},
    listSinks: {},
    listDiscrepancies: {},
    getMetrics: { project },
    listKeys: {},
    rotateKey: { reason },
    revokeKey: { id: 'none', reason },
    getMe: {},
    listMembers: {},
    saveMember: { subject: 'newcomer', kind: 'human', name: 'New Comer' },
    disableMember: { actor: known.member },
    addGrant: grant,
    removeGrant: grant,
    listGroups: { project },
    joinGroup: membership,
    leaveGroup: membership,
    createToken: { owner: known.member, label: 'for someone else' },
    listTokens: { all: true },
    revokeToken: { id: known.token },
    listSecrets: { project },
    setSecret: { project, name: 'API_KEY', value: 'correct-horse' },
    removeSecret: { project, name: 'API_KEY' },
  }
}

/** The request for an endpoint, with its sample as input. */
export function sampleRequest(name: keyof Api, known: Known): Asked {
  const { method, path } = api[name]
  const rest: Record<string, unknown> = { ...samples(known)[name] }
  const filled = path.replaceAll(/:(\w+)/g, (_, key: string) => {
    const value = rest[key]
    delete rest[key]
    return encodeURIComponent(String(value))
  })
  const query = Object.entries(rest).map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`)
  return method === 'GET'
    ? { path: `${prefix}${filled}${query.length > 0 ? `?${query.join('&')}` : ''}` }
    : { method, path: prefix + filled, body: rest }
}
