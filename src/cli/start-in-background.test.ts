import { expect, test } from 'vitest'
import { complaintIn } from './start-in-background.ts'

test('of what a server wrote before it gave up, the last complaint is told with its problems, without the places in the code', () => {
  const log = `lockflight: an older one
SIGTERM: stopping …
lockflight: /etc/keyless.yaml is not a valid keyless signer
  /etc/keyless.yaml:1:1: expected \`fulcio\`; found nothing
  /etc/keyless.yaml:2:1: expected one of fulcio, rekor; found fulco
    at readYamlAs (file:///srv/read-configuration.ts:50:9)
`
  expect(complaintIn(log)).toBe(
    '/etc/keyless.yaml is not a valid keyless signer; /etc/keyless.yaml:1:1: expected `fulcio`; found nothing; /etc/keyless.yaml:2:1: expected one of fulcio, rekor; found fulco',
  )
  expect(complaintIn('SIGTERM: stopping …\n')).toBe('')
})
