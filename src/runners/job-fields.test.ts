import { expect, test } from 'vitest'
import { jobFields } from './job-fields.ts'

const step = { run: 'make', 'allow-failure': false }

test('a job is fields that end in NUL, its variables and those of each step counted', () => {
  const fields = jobFields({ token: 'T', variables: { A: '1' }, steps: [{ ...step, env: { B: '$(2)', C: '' } }] })
  expect(fields.split('\0').slice(1)).toEqual(['T', '1', 'A=1', 'make', '', '', '2', 'B=$(2)', 'C=', ''])
})

test('variables that no step would see are refused, be they from a pipeline that was stored before that was checked', () => {
  const refused = (name: string) => {
    const inStep = { token: 'T', variables: {}, steps: [{ ...step, env: { [name]: '1' } }] }
    expect(() => jobFields(inStep), name).toThrow(`variable ${name}: `)
    expect(() => jobFields({ token: 'T', variables: { [name]: '1' }, steps: [step] }), name).toThrow('another name')
  }
  for (const name of [
    'UID',
    'EUID',
    'PPID',
    'BASHOPTS',
    'SHELLOPTS',
    'BASH_VERSINFO',
    'IFS',
    'LINENO',
    'OPTIND',
    'lf_x',
  ])
    refused(name)
  expect(jobFields({ token: 'T', variables: { LOCKFLIGHT_RUN: 'r' }, steps: [step] })).toContain('LOCKFLIGHT_RUN=r')
})
