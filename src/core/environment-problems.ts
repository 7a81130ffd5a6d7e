import type { PartProblem } from './part-problem.ts'
import { cycleIn } from './pipeline.ts'

/** Environments by name, each without the keys that are wrong in themselves. */
type SoundEnvironments = Record<string, { after?: string[]; gates?: { use: string; [key: string]: unknown }[] }>
type Gates = Record<string, { always?: boolean }>

/** What no promotion could go through: an order without a beginning, gates that cannot be told apart or may not be what they say. */
export function environmentProblems(environments: SoundEnvironments, slot: Gates): PartProblem[] {
  return [...wrongTogether(environments), ...shadowProblems(environments, slot)]
}

function shadowProblems(environments: SoundEnvironments, slot: Gates): PartProblem[] {
  return Object.entries(environments).flatMap(([name, { gates = [] }]) =>
    gates.flatMap(({ use, shadow }, index) =>
      shadow === true && (use === 'upstream' || slot[use]?.always)
        ? [
            {
              path: ['environments', name, 'gates', index, 'shadow'],
              message: `expected a gate that may be a shadow, found ${use}: it is always in force`,
            },
          ]
        : [],
    ),
  )
}

function wrongTogether(environments: SoundEnvironments): PartProblem[] {
  const names = Object.keys(environments)
  const unknown = Object.entries(environments).flatMap(([name, { after = [] }]) =>
    after.flatMap((before, index) =>
      Object.hasOwn(environments, before)
        ? []
        : [
            {
              path: ['environments', name, 'after', index],
              message: `expected an environment of this file, found ${before}`,
              unknown: { name: before, known: names, own: name },
            },
          ],
    ),
  )
  const twice = Object.entries(environments).flatMap(([name, { gates = [] }]) => {
    const ids = gates.map(({ id, use }) => (typeof id === 'string' ? id : use))
    return ids.flatMap((id, index) =>
      ids.indexOf(id) === index
        ? []
        : [
            {
              path: ['environments', name, 'gates', index],
              message: `expected gate ids to differ, found ${id} twice; give one an \`id\``,
            },
          ],
    )
  })
  const impostors = Object.entries(environments).flatMap(([name, { gates = [] }]) =>
    gates.flatMap((gate, index) =>
      gate['id'] === 'upstream' && gate.use !== 'upstream'
        ? [
            {
              path: ['environments', name, 'gates', index, 'id'],
              message: `expected another id: upstream is the gate that \`after\` adds by itself`,
            },
          ]
        : [],
    ),
  )
  const cycle = cycleIn(Object.fromEntries(Object.entries(environments).map(([name, { after = [] }]) => [name, after])))
  const circle = cycle
    ? [{ path: ['environments', cycle[0] ?? '', 'after'], message: `expected no cycle, found ${cycle.join(' → ')}` }]
    : []
  return [...unknown, ...twice, ...impostors, ...circle]
}
