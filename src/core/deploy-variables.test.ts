import { expect, test } from 'vitest'
import { deployVariables } from './deploy-variables.ts'
import { digestOf } from './digest.ts'

test('A10 scripts are told of each image by digest, and of no file as one', () => {
  const digest = digestOf('image')
  const artifacts = [
    { name: 'web-front', digest, sizeBytes: 1, image: 'registry.example.org/team/web-front' },
    { name: 'app.tgz', digest, sizeBytes: 1 },
  ]
  const source = { repository: 'https://git.example/shop', commit: 'c'.repeat(40), branch: null }
  const told = deployVariables({
    project: 'shop',
    environment: 'prod',
    promotion: 'p1',
    attempt: 1,
    fence: 1,
    phase: 'replace',
    release: { digest, version: 'v1', source, artifacts },
    previous: null,
  })
  const images = Object.entries(told).filter(([name]) => name.startsWith('LOCKFLIGHT_IMAGE'))
  expect(images).toEqual([['LOCKFLIGHT_IMAGE_WEB_FRONT', `registry.example.org/team/web-front@${digest}`]])
})
