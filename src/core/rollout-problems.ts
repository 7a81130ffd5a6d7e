import type { PartProblem } from './part-problem.ts'

/** Environments by name, each without the keys that are wrong in themselves. */
type SoundEnvironments = Record<string, { deploy?: { use: string }; rollout?: Rollout }>
/** As much of a rollout as is looked at here. */
export type Rollout = { use: string; router?: { use: string }; steps?: { weight: number }[] }
type Routers = Record<string, { deployers?: readonly string[] }>

/** What would fail in every promotion or turn it around on its way: a router that cannot reach what the deployer starts, and traffic that goes back by itself. */
export function rolloutProblems(environments: SoundEnvironments, routers: Routers): PartProblem[] {
  return Object.entries(environments).flatMap(([name, { deploy, rollout }]) => {
    const at = ['environments', name, 'rollout']
    return [...routerProblems(rollout?.router, deploy, routers), ...weightProblems(rollout?.steps ?? [])].map(
      ({ path, message }) => ({ path: [...at, ...path], message }),
    )
  })
}

function routerProblems(
  router: { use: string } | undefined,
  deploy: { use: string } | undefined,
  routers: Routers,
): PartProblem[] {
  const only = router && routers[router.use]?.deployers
  if (!only || !deploy || only.includes(deploy.use)) return []
  const message = `expected a router for what \`deploy: { use: ${deploy.use} }\` starts, found ${router.use}: it only shifts what ${only.join(', ')} starts`
  return [{ path: ['router', 'use'], message }]
}

function weightProblems(steps: { weight: number }[]): PartProblem[] {
  return steps.flatMap(({ weight }, index) => {
    const before = steps[index - 1]?.weight ?? 0
    if (weight >= before) return []
    const message = `expected a weight that is not below that of the step before (${before}), found ${weight}`
    return [{ path: ['steps', index, 'weight'], message }]
  })
}
