import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { conformanceFolder } from '../../test/rig/conformance.ts'
import { readCdEvent } from './cd-event.ts'
import type { Refusal } from './refusal.ts'

const deployed = {
  context: {
    specversion: '0.5.0',
    id: 'e-1',
    source: '/lockflight/shop',
    type: 'dev.cdevents.service.deployed.0.3.0',
    timestamp: '2026-11-23T10:00:00Z',
    links: [
      { linkType: 'RELATION', linkKind: 'TRIGGER', target: { contextId: 'e-0' }, tags: { why: 'merge' } },
      { linkType: 'PATH', from: { contextId: 'e-0' } },
      { linkType: 'END' },
    ],
  } as Record<string, unknown>,
  subject: {
    id: 'shop',
    source: 'https://lockflight.example/shop',
    content: { environment: { id: 'prod' }, artifactId: 'pkg:generic/shop@1' } as Record<string, unknown>,
  } as Record<string, unknown>,
  customData: { attempt: 1 } as unknown,
}

/** Places that are wrong with the event after something in it is another; none when it is read. */
function problemsWith(change: (event: typeof deployed) => void): string[] {
  const event = structuredClone(deployed)
  change(event)
  try {
    readCdEvent(JSON.stringify(event))
    return []
  } catch (error) {
    return (error as Refusal).problems.map(({ at }) => at)
  }
}

test('an event of CDEvents 0.5 is read, whatever it says for itself', () => {
  expect(readCdEvent(JSON.stringify(deployed))).toEqual(deployed)
  expect(problemsWith((event) => (event.customData = 'aGVsbG8='))).toEqual([])
  expect(problemsWith((event) => (event.context['timestamp'] = '2026-11-23T10:00:00.123456+01:00'))).toEqual([])
})

test.each([
  ['context.id', ''],
  ['context.id', undefined],
  ['context.source', 'two words'],
  ['context.specversion', '1.0'],
  ['context.specversion', '0.3.0'],
  ['context.type', 'dev.cdevents.service.deployed'],
  ['context.type', 'dev.cdevents.service.deployed.0.3'],
  ['context.type', 'dev.cdevents.service.deployed.0.3.0.1'],
  ['context.type', 'dev.cdevents.Service.deployed.0.3.0'],
  ['context.type', 'org.example.service.deployed.0.3.0'],
  ['context.timestamp', 'yesterday'],
  ['context.timestamp', '2026-11-23'],
  ['context.schemaUri', 'schema'],
  ['context.links.0.linkKind', ''],
  ['context.links.1.from', undefined],
  ['subject.id', ''],
  ['subject.content', undefined],
  ['subject.content.artifactId', undefined],
  ['subject.content.environment', 'prod'],
  ['subject.content.environment.id', undefined],
  ['customData', 'not base64!'],
  ['customData', 7],
])('an event whose %s is %s is refused with that place', (place, value) => {
  const keys = place.split('.')
  const last = keys.pop()!
  const found = problemsWith((event) => {
    const holder = keys.reduce((node, key) => node[key] as Record<string, unknown>, event as Record<string, unknown>)
    if (value === undefined) delete holder[last]
    else holder[last] = value
  })
  expect(found).toEqual([place])
})

test('what is unknown is refused, wherever it stands', () => {
  expect(problemsWith((event) => (event.context['colour'] = 'red'))).toEqual(['context'])
  expect(problemsWith((event) => (event.subject['colour'] = 'red'))).toEqual(['subject'])
  expect(problemsWith((event) => Object.assign(event.subject['content']!, { colour: 'red' }))).toEqual([
    'subject.content',
  ])
})

test('a version of an event that is not known, and the event of a tool, may say what they want', () => {
  for (const type of ['dev.cdevents.service.deployed.0.9.0-draft', 'dev.cdeventsx.lockflight-gate.passed.1.0.0']) {
    const found = problemsWith((event) => {
      event.context['type'] = type
      event.subject['content'] = { colour: 'red' }
    })
    expect(found, type).toEqual([])
  }
})

test('an event of CDEvents 0.4 names the type of its subject', () => {
  const old = (type?: string) =>
    problemsWith((event) => {
      Object.assign(event.context, { specversion: '0.4.1', type: 'dev.cdevents.service.deployed.0.2.0' })
      if (type !== undefined) event.subject['type'] = type
    })
  expect(old('service')).toEqual([])
  expect(old()).toEqual(['subject.type'])
})

test('A15 an event that could be read in two ways is refused', () => {
  const text = JSON.stringify(deployed)
  for (const trick of [text.replace('{', '{"context":{},'), `\uFEFF${text}`, `${text}{}`, '[]', ''])
    expect(() => readCdEvent(trick), trick.slice(0, 40)).toThrow(/expected|CDEvents/)
})

test.for([conformanceFolder()].filter((folder) => folder !== null))('every example event in %s is read', (folder) => {
  const examples = globSync('cdevents/conformance/*.json', { cwd: folder })
  expect(examples.length).toBeGreaterThan(40)
  for (const name of examples) expect(() => readCdEvent(readFileSync(join(folder, name))), name).not.toThrow()
})
