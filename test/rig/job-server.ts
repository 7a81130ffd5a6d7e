import { isolations } from '../../src/runners/isolation.ts'
import { startJobRig } from './jobs.ts'

/*
 * A server of its own that runs one job: `node job-server.ts ISOLATION SCRIPT`. It prints its folder as soon as the job
 * has printed something.
 */
const [, , chosen, script = ''] = process.argv
const rig = await startJobRig({ isolations: isolations.filter((isolation) => isolation === chosen) })
const record = async () => void process.stdout.write(`${rig.folder}\n`)
await rig.run({ steps: [`echo begun; ${script}`], record })
await rig.close()
