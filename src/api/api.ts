import { drills } from './drills.ts'
import { environments } from './environments.ts'
import { evidences } from './evidence.ts'
import { gates } from './gates.ts'
import { keys } from './keys.ts'
import { log } from './log.ts'
import { members } from './members.ts'
import { metrics } from './metrics.ts'
import { overrides } from './overrides.ts'
import { projects } from './projects.ts'
import { promotions } from './promotions.ts'
import { releases } from './releases.ts'
import { runs } from './runs.ts'
import { secrets } from './secrets.ts'
import { tokens } from './tokens.ts'
import { verify } from './verify.ts'

/** Every endpoint by name; the verb that answers it has the same name. */
export const api = {
  ...projects,
  ...runs,
  ...releases,
  ...evidences,
  ...promotions,
  ...overrides,
  ...environments,
  ...drills,
  ...gates,
  ...log,
  ...metrics,
  ...keys,
  ...verify,
  ...members,
  ...tokens,
  ...secrets,
}
export type Api = typeof api
