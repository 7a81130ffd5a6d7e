import { variableName } from './names.ts'

/** Why the steps of a job could never see the value of a variable of that name, for people: `bash keeps UID for itself`; undefined when they can. */
export function lostInSteps(name: string): string | undefined {
  if (name.startsWith('lf_')) return 'Lockflight keeps lf_* for itself'
  if (keptByBash.has(name)) return `bash keeps ${name} for itself`
  return setAnew.has(name) ? `every shell sets ${name} anew` : undefined
}

/** Nobody can set these. */
const keptByBash = new Set(['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID'])
const setAnew = new Set(['IFS', 'LINENO', 'OPTIND'])

/** With these a job may call the command line. */
const forCommands = new Set(['LOCKFLIGHT_SERVER', 'LOCKFLIGHT_TOKEN'])

/** The name of a variable that a pipeline, job or step may set and its steps then see. */
export const jobVariable = variableName.superRefine((name, context) => {
  const why = lostInSteps(name) ?? overwritten(name)
  if (why !== undefined) context.addIssue({ code: 'custom', message: `expected another name, because ${why}` })
})

/** The name of a secret that a job may ask for. */
export const jobSecret = jobVariable.refine((name) => name !== 'PATH', {
  error: 'expected another name, because every job finds its programs with PATH',
})

function overwritten(name: string): string | undefined {
  return name.startsWith('LOCKFLIGHT_') && !forCommands.has(name)
    ? 'Lockflight itself sets LOCKFLIGHT_* for jobs'
    : undefined
}
