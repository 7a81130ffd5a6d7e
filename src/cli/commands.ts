import type { Command } from './command.ts'

/** A command in the overview; what it takes is loaded only when it is called. */
export interface Listing {
  says: string
  load: () => Promise<Command>
}

/** Every command, by the words that call it, in the order a newcomer needs them. */
export const commands: Record<string, Record<string, Listing>> = {
  'Set up': {
    init: {
      says: 'Write a commented lockflight.yaml at the top of this repository',
      load: async () => (await import('./verbs/init.ts')).init,
    },
    validate: {
      says: 'Check a lockflight.yaml, without a server',
      load: async () => (await import('./verbs/validate.ts')).validate,
    },
    apply: {
      says: 'Make the nearest lockflight.yaml the policy in force, after showing what changes',
      load: async () => (await import('./verbs/apply.ts')).apply,
    },
    'apply confirm': {
      says: 'Confirm a change that someone else proposed, where the policy wants two people',
      load: async () => (await import('./verbs/apply.ts')).confirmProposal,
    },
  },
  'Build a release': {
    run: {
      says: 'Run the pipeline for one commit; a release comes out',
      load: async () => (await import('./verbs/run.ts')).run,
    },
    'runs list': { says: 'The newest runs', load: async () => (await import('./verbs/runs.ts')).listRuns },
    'runs show': { says: 'A run with its jobs and steps', load: async () => (await import('./verbs/runs.ts')).showRun },
    'runs logs': {
      says: 'What the jobs of a run print, until it has ended; with --json an object for each line',
      load: async () => (await import('./verbs/runs.ts')).showLogs,
    },
    'runs cancel': {
      says: 'End a run and all its jobs',
      load: async () => (await import('./verbs/runs.ts')).cancelRun,
    },
    'release list': {
      says: 'The newest releases',
      load: async () => (await import('./verbs/releases.ts')).listReleases,
    },
    'release import': {
      says: 'Hand in files that another CI has built, with what it signed about them',
      load: async () => (await import('./verbs/import-release.ts')).importRelease,
    },
    'release show': {
      says: 'A release with its artifacts, reports and signed statements',
      load: async () => (await import('./verbs/releases.ts')).showRelease,
    },
    'release export': {
      says: 'Copy what was signed about a release into a new folder, with the keys',
      load: async () => (await import('./verbs/export-release.ts')).exportRelease,
    },
    'evidence add': {
      says: 'Hand in reports about a release that another CI made',
      load: async () => (await import('./verbs/evidence.ts')).addEvidence,
    },
    'evidence list': {
      says: 'Every report that came in about a release',
      load: async () => (await import('./verbs/evidence.ts')).listEvidence,
    },
  },
  'Move it': {
    status: {
      says: 'Every environment and the newest releases at a glance',
      load: async () => (await import('./verbs/status.ts')).status,
    },
    plan: {
      says: 'The whole way of a release through all environments, as it would go now',
      load: async () => (await import('./verbs/plan.ts')).plan,
    },
    promote: {
      says: 'Ask for a release to be put into an environment',
      load: async () => (await import('./verbs/promote.ts')).promote,
    },
    why: {
      says: 'Everything a promotion waits for, and who or what can change it',
      load: async () => (await import('./verbs/why.ts')).why,
    },
    approve: {
      says: 'Say yes to a promotion',
      load: async () => (await import('./verbs/answer-promotion.ts')).approve,
    },
    reject: { says: 'Say no to a promotion', load: async () => (await import('./verbs/answer-promotion.ts')).reject },
    override: {
      says: 'Ask to let a promotion past a gate; a second person has to confirm',
      load: async () => (await import('./verbs/overrides.ts')).override,
    },
    'override confirm': {
      says: 'Confirm what someone else asked to override',
      load: async () => (await import('./verbs/overrides.ts')).confirmOverride,
    },
    'override withdraw': {
      says: 'Take an override back before it was used',
      load: async () => (await import('./verbs/overrides.ts')).withdrawOverride,
    },
    cancel: {
      says: 'End a promotion that still waits',
      load: async () => (await import('./verbs/answer-promotion.ts')).cancel,
    },
    abort: {
      says: 'Turn a running canary or blue-green deployment back',
      load: async () => (await import('./verbs/answer-promotion.ts')).abort,
    },
    wait: {
      says: 'Wait until a promotion has ended, or only a person can move it on',
      load: async () => (await import('./verbs/wait.ts')).wait,
    },
    'promotions list': {
      says: 'The newest promotions',
      load: async () => (await import('./verbs/promotions.ts')).listPromotions,
    },
    rollback: {
      says: 'Put a release back that was healthy there before',
      load: async () => (await import('./verbs/rollback.ts')).rollback,
    },
    quarantine: {
      says: 'Let a release start nowhere any more',
      load: async () => (await import('./verbs/quarantine.ts')).quarantine,
    },
    'quarantine lift': {
      says: 'Let it start again',
      load: async () => (await import('./verbs/quarantine.ts')).lift,
    },
    drill: {
      says: 'Practise a rollback: back to the release before, and forth again',
      load: async () => (await import('./verbs/drill.ts')).drill,
    },
    'drills list': {
      says: 'The newest drills of an environment',
      load: async () => (await import('./verbs/drill.ts')).listDrills,
    },
    pin: { says: 'Let an environment stay on a release', load: async () => (await import('./verbs/pin.ts')).pin },
    unpin: { says: 'Let other releases in again', load: async () => (await import('./verbs/pin.ts')).unpin },
    hold: { says: 'Stop automation in an environment', load: async () => (await import('./verbs/hold.ts')).hold },
    resume: {
      says: 'Let automation go on in an environment',
      load: async () => (await import('./verbs/hold.ts')).resume,
    },
    'take-down': {
      says: 'Take down what is live in an environment, until something is promoted there again',
      load: async () => (await import('./verbs/hold.ts')).takeDown,
    },
    deployments: {
      says: 'What was deployed, newest first',
      load: async () => (await import('./verbs/deployments.ts')).deployments,
    },
    'deployments logs': {
      says: 'What the deployment of a promotion prints, until it has ended; with --json an object for each line',
      load: async () => (await import('./verbs/deployments.ts')).showDeploymentLogs,
    },
  },
  'Try the gates': {
    'gates test': {
      says: 'Run your own tests of your gates, without a server',
      load: async () => (await import('./verbs/gates.ts')).testGates,
    },
    'gates record': {
      says: 'Write a promotion down as a case for such tests',
      load: async () => (await import('./verbs/gates.ts')).recordGates,
    },
    backtest: {
      says: 'What changed gates would have said of past promotions, and whether they would have been right',
      load: async () => (await import('./verbs/backtest.ts')).backtest,
    },
  },
  'Look back': {
    verdicts: {
      says: 'What gates said, newest first; also as CSV, or as tests for a CI',
      load: async () => (await import('./verbs/verdicts.ts')).verdicts,
    },
    overrides: {
      says: 'Which gates were overridden, by whom and why; also as CSV',
      load: async () => (await import('./verbs/overrides.ts')).listOverrides,
    },
    events: { says: 'What happened, from the log', load: async () => (await import('./verbs/events.ts')).events },
    'audit verify': {
      says: 'Check the log of the server, or an exported one without any server',
      load: async () => (await import('./verbs/audit.ts')).verifyAudit,
    },
    'audit export': {
      says: 'Copy the whole log into a new folder',
      load: async () => (await import('./verbs/audit.ts')).exportAudit,
    },
    'audit proof': {
      says: 'What the log says of a promotion, as one file that anyone can check',
      load: async () => (await import('./verbs/audit-proof.ts')).provePromotion,
    },
    'audit verify-proof': {
      says: 'Check such a file, without any server',
      load: async () => (await import('./verbs/audit-proof.ts')).verifyPromotionProof,
    },
    'audit sinks': {
      says: 'Where the server brings its checkpoints, and what is wrong there',
      load: async () => (await import('./verbs/audit-sinks.ts')).listSinks,
    },
    'audit key': {
      says: 'The key of the log, for witnesses and auditors',
      load: async () => (await import('./verbs/audit-key.ts')).showLogKey,
    },
    'audit accept-loss': {
      says: 'Let the server sign again after the end of its log was lost with the database',
      load: async () => (await import('./verbs/audit-loss.ts')).acceptLoss,
    },
    witness: {
      says: 'Run a witness: it cosigns checkpoints of logs, and never two that contradict each other',
      load: async () => (await import('./verbs/witness.ts')).witness,
    },
    verify: {
      says: 'Check the way of a file from its source to an environment, without any server',
      load: async () => (await import('./verbs/verify.ts')).verify,
    },
    metrics: {
      says: 'The five DORA metrics of each environment',
      load: async () => (await import('./verbs/metrics.ts')).metrics,
    },
    keys: {
      says: 'The public keys this installation signs with',
      load: async () => (await import('./verbs/keys.ts')).keys,
    },
    'keys rotate': {
      says: 'Let another key sign from now on',
      load: async () => (await import('./verbs/keys.ts')).rotateKey,
    },
    'keys revoke': {
      says: 'Let what a key has signed count no more',
      load: async () => (await import('./verbs/keys.ts')).revokeKey,
    },
    'keys protect': {
      says: 'Encrypt the keys of the server on this machine, or change their passphrase',
      load: async () => (await import('./verbs/keys.ts')).protectKeys,
    },
  },
  'People and credentials': {
    whoami: {
      says: 'Who you are here and what you were granted',
      load: async () => (await import('./verbs/whoami.ts')).whoami,
    },
    login: {
      says: 'Store a token for another server, read from standard input',
      load: async () => (await import('./verbs/login.ts')).login,
    },
    logout: {
      says: 'Forget that server and its token',
      load: async () => (await import('./verbs/login.ts')).logout,
    },
    'members list': {
      says: 'Everyone known here, with their roles',
      load: async () => (await import('./verbs/members.ts')).listMembers,
    },
    'members add': {
      says: 'Add someone, change or enable them again',
      load: async () => (await import('./verbs/members.ts')).addMember,
    },
    'members disable': {
      says: 'End every right and token of someone',
      load: async () => (await import('./verbs/members.ts')).disableMember,
    },
    'grants add': { says: 'Give a role', load: async () => (await import('./verbs/grants.ts')).addGrant },
    'grants remove': { says: 'Take a role away', load: async () => (await import('./verbs/grants.ts')).removeGrant },
    'groups list': {
      says: 'The groups that approvals can ask for',
      load: async () => (await import('./verbs/groups.ts')).listGroups,
    },
    'groups join': {
      says: 'Put someone into a group',
      load: async () => (await import('./verbs/groups.ts')).joinGroup,
    },
    'groups leave': {
      says: 'Take someone out of a group',
      load: async () => (await import('./verbs/groups.ts')).leaveGroup,
    },
    'tokens list': { says: 'Your tokens', load: async () => (await import('./verbs/tokens.ts')).listTokens },
    'tokens create': {
      says: 'Make a token; its secret is shown once',
      load: async () => (await import('./verbs/tokens.ts')).createToken,
    },
    'tokens revoke': { says: 'End a token', load: async () => (await import('./verbs/tokens.ts')).revokeToken },
    'secrets list': {
      says: 'The names of values that jobs may ask for',
      load: async () => (await import('./verbs/secrets.ts')).listSecrets,
    },
    'secrets set': {
      says: 'Set such a value, read from standard input',
      load: async () => (await import('./verbs/secrets.ts')).setSecret,
    },
    'secrets remove': {
      says: 'Remove such a value',
      load: async () => (await import('./verbs/secrets.ts')).removeSecret,
    },
  },
  'Check against public suites': {
    conform: {
      says: 'Decide cases of conformance suites, offline',
      load: async () => (await import('./verbs/conform.ts')).conformBatch,
    },
    'conform verify-bundle': {
      says: 'Verify a Sigstore bundle',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('verify-bundle'),
    },
    'conform verify-provenance': {
      says: 'Verify a provenance against a trust policy',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('verify-provenance'),
    },
    'conform dsse-verify': {
      says: 'Verify a DSSE envelope against some of several keys',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('dsse-verify'),
    },
    'conform note-verify': {
      says: 'Verify a signed note',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('note-verify'),
    },
    'conform checkpoint-verify': {
      says: 'Verify a signed checkpoint of a log',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('checkpoint-verify'),
    },
    'conform tlog-inclusion': {
      says: 'Verify that an entry is in a log',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('tlog-inclusion'),
    },
    'conform tlog-consistency': {
      says: 'Verify that a log has only grown',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('tlog-consistency'),
    },
    'conform tlog-root': {
      says: 'Compute the root of a log',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('tlog-root'),
    },
    'conform jws-verify': {
      says: 'Verify a JSON Web Signature',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('jws-verify'),
    },
    'conform webhook-verify': {
      says: 'Verify the signature of a webhook',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('webhook-verify'),
    },
    'conform parse': {
      says: 'Read a document strictly',
      load: async () => (await import('./verbs/conform.ts')).conformCommand('parse'),
    },
  },
  'The server': {
    server: {
      says: 'Run it here until it is told to stop; other commands start it when they need it',
      load: async () => (await import('./verbs/server.ts')).server,
    },
    'server stop': {
      says: 'Stop the one of this machine',
      load: async () => (await import('./verbs/server.ts')).stopServer,
    },
    'server status': {
      says: 'Whether one runs here, and where',
      load: async () => (await import('./verbs/server.ts')).serverStatus,
    },
  },
}
