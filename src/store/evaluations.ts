import { canonical } from '../core/digest.ts'
import type { Evaluation, Evaluations } from '../core/gate.ts'
import { page } from './page.ts'
import { json, sql, type Session } from './sql.ts'

const columns = sql`id, promotion, release, environment, definition as gate, evidence,
  evidence_digest as "evidenceDigest", verdict, at`

/** Verdicts with their evidence, in the table `evaluation`. */
export function evaluations({ many, write }: Session): Evaluations {
  return {
    latest: (promotion) =>
      many(sql`
        select distinct on (evaluation.gate) ${columns}
        from evaluation where promotion = ${promotion} order by evaluation.gate, at desc, id desc`),
    of: (promotions) =>
      many(sql`select ${columns} from evaluation where promotion = any(${promotions}) order by at, id`),
    list: ({ project, environment, gate, outcome, promotion, release, since, limit, before }) =>
      many(sql`select ${columns} from evaluation
        where exists (select from promotion where id = evaluation.promotion and project = ${project})
        ${environment === undefined ? sql`` : sql`and environment = ${environment}`}
        ${gate === undefined ? sql`` : sql`and gate = ${gate}`}
        ${outcome === undefined ? sql`` : sql`and outcome = ${outcome}`}
        ${promotion === undefined ? sql`` : sql`and promotion = ${promotion}`}
        ${release === undefined ? sql`` : sql`and release = ${release}`}
        ${since === undefined ? sql`` : sql`and at >= ${since}`}
        ${page(sql`at`, sql`id`, { before, limit })}`),
    shadowsAgainst: (promotions) =>
      many(sql`
        select promotion, gate from (
          select distinct on (promotion, gate) promotion, gate, outcome, definition ->> 'shadow' as shadow
          from evaluation where promotion = any(${promotions}) order by promotion, gate, at desc, id desc) as newest
        where shadow = 'true' and outcome <> 'pass' order by gate`),
    changes: ({ project, environment, release }, since) =>
      many(sql`
        with asked as (
          select id from promotion
          where project = ${project} and environment = ${environment} and release = ${release}
        ), said as (
          select gate, definition ->> 'digest' as definition, outcome, at, id from evaluation
          where promotion in (select id from asked) and at > ${since}
          union all
          (select distinct on (gate) gate, definition ->> 'digest', outcome, at, id from evaluation
          where promotion in (select id from asked) and at <= ${since} order by gate, at desc, id desc)
        )
        select gate, definition, outcome, at from (
          select *, lag(outcome) over (partition by gate, definition order by at, id) as before from said) as told
        where before is distinct from outcome order by at, id`),
    async add(made) {
      if (made.length === 0) return
      const all = <T>(pick: (evaluation: Evaluation) => T) => made.map(pick)
      write(sql`
        insert into evaluation (
          id, promotion, release, environment, gate, definition, evidence, evidence_digest, outcome, verdict, at
        )
        select * from unnest(
          ${all(({ id }) => id)}::text[],
          ${all(({ promotion }) => promotion)}::text[],
          ${all(({ release }) => release)}::text[],
          ${all(({ environment }) => environment)}::text[],
          ${all(({ gate }) => gate.id)}::text[],
          ${all(({ gate }) => json(gate))}::json[],
          ${all(({ evidence }) => (evidence === null ? null : canonical(evidence)))}::json[],
          ${all(({ evidenceDigest }) => evidenceDigest)}::text[],
          ${all(({ verdict }) => verdict.outcome)}::text[],
          ${all(({ verdict }) => json(verdict))}::json[],
          ${all(({ at }) => at)}::timestamptz[]
        )`)
    },
  }
}
