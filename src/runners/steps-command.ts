import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The first field of every job. */
export const preparation = readFileSync(join(import.meta.dirname, 'steps.bash'), 'utf8')

/** On one line, so that bash counts the lines of every step from one; without a function, which would cost each step a percent of its time. */
const loop =
  'mapfile -d "" -t -u 3 lf_job; eval "${lf_job[0]}"; ' +
  'for lf_command in "${lf_commands[@]}"; do eval "$lf_command"; printf "\\0%s %d\\0" "$lf_token" "$?"; done'

/** What runs all steps of a job, from the fields on descriptor 3 (see steps.bash). What goes wrong in a step is told under the name `step`. */
export const stepsCommand = ['bash', '-c', loop, 'step']
