import { createPrivateKey, createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { vkeyOf } from './core/note.ts'
import type { Refusal } from './core/refusal.ts'

const problemsOf = (env: Record<string, string>) => {
  try {
    readConfig(env, '/home/ann')
  } catch (error) {
    return (error as Refusal).problems
  }
  return []
}

test('everything has a default', () => {
  const config = readConfig({}, '/home/ann')
  expect(config.home.folder).toBe('/home/ann/.lockflight')
  expect(config).toMatchObject({ databaseUrl: null, listen: { host: '127.0.0.1', port: 7070 }, databaseUnsafe: false })
  expect(readConfig({ LOCKFLIGHT_LISTEN: '', DATABASE_URL: '' }, '/home/ann')).toEqual(config)
})

test('values are read', () => {
  const config = readConfig(
    {
      LOCKFLIGHT_HOME: '/srv/lockflight',
      DATABASE_URL: 'postgresql://ann@db/lockflight',
      LOCKFLIGHT_LISTEN: '[::1]:0',
      LOCKFLIGHT_RUN_WORKERS: '0',
      LOCKFLIGHT_DATABASE_UNSAFE: 'true',
    },
    '/home/ann',
  )
  expect(config.home.folder).toBe('/srv/lockflight')
  expect(config).toMatchObject({ listen: { host: '::1', port: 0 }, runWorkers: 0, databaseUnsafe: true })
})

test('a signer is one of three, and a passphrase is never shown', () => {
  const signerOf = (env: Record<string, string>) => readConfig(env, '/home/ann').signer
  expect(signerOf({})).toEqual({ use: 'local', passphrase: null })
  expect(signerOf({ LOCKFLIGHT_KEY_PASSPHRASE: 'correct horse' })).toEqual({
    use: 'local',
    passphrase: { text: 'correct horse' },
  })
  const both = { LOCKFLIGHT_KEY_PASSPHRASE: 'correct horse', LOCKFLIGHT_KEY_PASSPHRASE_FILE: '/etc/passphrase' }
  expect(signerOf(both)).toEqual({ use: 'local', passphrase: { file: '/etc/passphrase' } })
  expect(signerOf({ LOCKFLIGHT_SIGNER: 'command:/usr/bin/kms' })).toEqual({ use: 'command', program: '/usr/bin/kms' })
  expect(signerOf({ LOCKFLIGHT_SIGNER: 'keyless:/etc/k.yaml' })).toEqual({ use: 'keyless', file: '/etc/k.yaml' })
  for (const wrong of ['kms', 'command:kms', 'keyless:', 'local:/x']) {
    expect(problemsOf({ LOCKFLIGHT_SIGNER: wrong })).toMatchObject([{ at: 'LOCKFLIGHT_SIGNER' }])
  }
  const short = problemsOf({ LOCKFLIGHT_KEY_PASSPHRASE: 'horse' })
  expect(short).toMatchObject([{ at: 'LOCKFLIGHT_KEY_PASSPHRASE' }])
  expect(JSON.stringify(short)).not.toContain('horse')
})

test('every problem is told at once, with what was expected and what was found', () => {
  const problems = problemsOf({
    LOCKFLIGHT_HOME: 'relative',
    LOCKFLIGHT_LISTEN: '7070',
    LOCKFLIGHT_RUN_WORKERS: '1e3',
    LOCKFLIGHT_GRACE_SECONDS: '99999999',
    LOCKFLIGHT_DATABASE_UNSAFE: 'yes',
    LOCKFLIGHT_LISTN: '127.0.0.1:1',
  })
  expect(problems).toEqual([
    { at: 'LOCKFLIGHT_HOME', message: 'expected an absolute path; found relative' },
    { at: 'LOCKFLIGHT_DATABASE_UNSAFE', message: 'expected true or false; found yes' },
    { at: 'LOCKFLIGHT_LISTEN', message: 'expected host:port; found 7070' },
    { at: 'LOCKFLIGHT_RUN_WORKERS', message: 'expected a whole number from 0 to 1000; found 1e3' },
    { at: 'LOCKFLIGHT_GRACE_SECONDS', message: 'expected a whole number from 0 to 86400; found 99999999' },
    { at: 'LOCKFLIGHT_LISTN', message: 'there is no such variable; did you mean LOCKFLIGHT_LISTEN?' },
  ])
})

test('a database URL is never shown, since it may hold a password', () => {
  expect(JSON.stringify(problemsOf({ DATABASE_URL: 'mysql://ann:hunter2@db/x' }))).not.toContain('hunter2')
})

test('variables of the command line and of jobs are left alone', () => {
  expect(problemsOf({ LOCKFLIGHT_TOKEN: 'lf_x', LOCKFLIGHT_ARTIFACT_PATH: '/x', LOCKFLIGHT_PROMOTION: 'p' })).toEqual(
    [],
  )
})

test('addresses that gates may reach are read one by one, and a wrong one is an error', () => {
  const given = '127.0.0.1:9090, 10.0.0.0/8,[::1]:9090,[fd00::]/8'
  expect(readConfig({}, '/home/ann').reachable).toEqual([])
  expect(readConfig({ LOCKFLIGHT_REACHABLE: given }, '/home/ann').reachable).toEqual([
    { family: 'ipv4', address: '127.0.0.1', prefix: 32, port: 9090 },
    { family: 'ipv4', address: '10.0.0.0', prefix: 8, port: null },
    { family: 'ipv6', address: '::1', prefix: 128, port: 9090 },
    { family: 'ipv6', address: 'fd00::', prefix: 8, port: null },
  ])
  for (const wrong of ['localhost', '127.0.0.1:0', '127.0.0.1:65536', '10.0.0.0/33', '::1', '127.1', '1.2.3.4,', '*']) {
    expect(problemsOf({ LOCKFLIGHT_REACHABLE: wrong }), wrong).toEqual([
      { at: 'LOCKFLIGHT_REACHABLE', message: expect.stringContaining('expected addresses such as') },
    ])
  }
})

/** The key of a witness from a seed. */
function vkey(name: string, seed: number): string {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
  return vkeyOf({ name, publicKey }, 'cosignature')
}

test('where checkpoints go is read from lists', () => {
  const { checkpoints } = readConfig(
    {
      LOCKFLIGHT_WITNESSES: `${vkey('w.one', 1)} http://127.0.0.1:7171, ${vkey('w.two', 2)} https://w.example.org/`,
      LOCKFLIGHT_WITNESSES_NEEDED: '2',
      LOCKFLIGHT_CHECKPOINT_SINKS:
        'file:/srv/checkpoint git:/srv/audit.git git:https://git.example.org/a.git#kept webhook:https://example.org/hook',
      LOCKFLIGHT_CHECKPOINT_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
    },
    '/home/ann',
  )
  expect(checkpoints).toMatchObject({
    witnesses: [
      { url: 'http://127.0.0.1:7171', key: { name: 'w.one' } },
      { url: 'https://w.example.org', key: { name: 'w.two' } },
    ],
    witnessesNeeded: 2,
    sinks: [
      { use: 'file', file: '/srv/checkpoint' },
      { use: 'git', repository: '/srv/audit.git', branch: 'checkpoints' },
      { use: 'git', repository: 'https://git.example.org/a.git', branch: 'kept' },
      { use: 'webhook', url: 'https://example.org/hook' },
    ],
    gatherSeconds: 10,
  })
})

test.each([
  ['LOCKFLIGHT_WITNESSES', vkey('w.one', 1), 'expected the key of a witness'],
  ['LOCKFLIGHT_WITNESSES', `${vkey('w.one', 1)} ftp://x`, 'expected an address'],
  ['LOCKFLIGHT_WITNESSES', `${vkey('w.one', 1)} https://ann:hunter2@x`, 'without a user or password'],
  ['LOCKFLIGHT_WITNESSES_NEEDED', '1', 'expected at most 0, as many as there are; found 1'],
  ['LOCKFLIGHT_CHECKPOINT_SINKS', 'file:relative', 'expected file:/path'],
  ['LOCKFLIGHT_CHECKPOINT_SINKS', 'git:/srv/audit.git#a..b', 'expected file:/path'],
  ['LOCKFLIGHT_CHECKPOINT_SINKS', 'https://ann:hunter2@x', 'expected file:/path'],
  ['LOCKFLIGHT_CHECKPOINT_SINKS', 'webhook:http://169.254.169.254/', 'link-local, metadata or special'],
  ['LOCKFLIGHT_CHECKPOINT_SECRET', 'hunter2', 'it is not shown here'],
])('A21 %s=%s is refused, without showing what may be secret', (name, value, message) => {
  const problems = problemsOf({ [name]: value })
  expect(problems).toEqual([{ at: name, message: expect.stringContaining(message) }])
  expect(JSON.stringify(problems)).not.toContain('hunter2')
})

test('a webhook needs a secret to be signed with', () => {
  expect(problemsOf({ LOCKFLIGHT_CHECKPOINT_SINKS: 'webhook:https://example.org/hook' })).toEqual([
    { at: 'LOCKFLIGHT_CHECKPOINT_SECRET', message: expect.stringContaining('found nothing') },
  ])
})
