import { expect, test } from 'vitest'
import { linkTemplate, promqlTemplate } from './placeholders.ts'

test('a link may hold the placeholders there are, and no others', () => {
  const accepts = (link: string) => linkTemplate.safeParse(link).success
  expect(accepts('https://grafana.example.org/d/shop?r={{release}}&v={{ version }}')).toBe(true)
  expect(accepts('https://grafana.example.org/d/shop?r={{secret}}')).toBe(false)
  expect(accepts('javascript:{{release}}')).toBe(false)
})

test.each([
  ['a link', linkTemplate, `https://a/{{${' '.repeat(8000)}`],
  ['a link of beginnings', linkTemplate, '{{'.repeat(500_000)],
  ['a query', promqlTemplate(), '"{{'.repeat(500_000)],
])('A37 %s that is far too long is refused without being looked at', (_, schema, text) => {
  const before = process.cpuUsage()
  expect(schema.safeParse(text).success).toBe(false)
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
})
