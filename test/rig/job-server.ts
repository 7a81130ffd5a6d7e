import { isolations } from '../../src/runners/isolation.ts'
import { startJobRig } from './jobs.ts'

/*
 * A server of its own that runs one job: `node job-server.ts ISOLATION SCRIPT`. It prints its folder as soon as the job
 * has printed something, and ends with 1 when the job failed.
 */
const [, , chosen, script = ''] = process.argv
const rig = await startJobRig({ isolations: isolations.filter((isolation) => isolation === chosen) })
const record = async () => void process.stdout.write(`${rig.folder}\n`)
const { result } = await rig.run({ steps: [`echo begun; ${script}`], record })
await rig.close()
if (result.outcome !== 'succeeded') process.exitCode = 1
