import { expect, test } from 'vitest'
import { outsideUrl, urlProblem } from './outside-url.ts'

test.each([
  'https://prometheus.example.org',
  'http://prometheus:9090/mimir/prometheus',
  'http://10.0.0.7:9090',
  'http://127.0.0.1:9090',
  'https://[2001:db8::1]/x?y=z',
  'https://Prometheus.example.org',
])('%s can be asked', (url) => {
  expect(urlProblem(url)).toBeNull()
})

test.each([
  'ftp://example.org',
  'file:///etc/passwd',
  'https://ann:pw@example.org',
  'https://ann@example.org',
  'https://example.org/#x',
  'https://example.org/\r\nx: y',
  'https://exa mple.org',
  'https://',
  'http://127.1',
  'http://2130706433',
  'http://0x7f.0.0.1',
  'http://0177.0.0.1',
  'http://[0:0:0:0:0:0:0:1]',
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:7f00:1]',
  'http://169.254.169.254/latest/meta-data',
  'http://0.0.0.0',
  'http://[fe80::1]',
  'http://[::]',
  'http://255.255.255.255',
  'http://ⅼocalhost',
  `https://example.org/${'x'.repeat(3000)}`,
])('A22 %j is refused where it is written down', (url) => {
  expect(outsideUrl.safeParse(url).success).toBe(false)
})

test('A22 what a problem says does not repeat a password', () => {
  expect(urlProblem('https://ann:hunter2@example.org')).not.toContain('hunter2')
})
