import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The first field of every job. */
export const preparation = readFileSync(join(import.meta.dirname, 'steps.bash'), 'utf8')

const loop = [
  'mapfile -d "" -t -u 3 lf_job; eval "${lf_job[0]}"; for lf_index in "${!lf_texts[@]}"; do ${lf_before[lf_index]}',
  'eval "(lf_token=;${lf_enter[lf_index]}${lf_texts[lf_index]}$lf_end"; lf_mark $?; ${lf_after[lf_index]}; done',
].join('; ')

/** The process that runs all steps of a job, from the fields on descriptor 3 (see steps.bash). What goes wrong in a step is told under the name `step`. */
export const stepsCommand = ['bash', '-c', loop, 'step']
