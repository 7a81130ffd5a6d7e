import type { Link } from '../core/link.ts'

/** Where a run with its jobs and reports is shown. */
export function runLink(project: string, run: string): Link {
  return { title: `run ${run}`, url: `/api/v1/projects/${project}/runs/${run}` }
}

/** Where a promotion and what it waits for is shown. */
export function promotionLink(project: string, promotion: string): Link {
  return { title: `promotion ${promotion}`, url: `/api/v1/projects/${project}/promotions/${promotion}` }
}
