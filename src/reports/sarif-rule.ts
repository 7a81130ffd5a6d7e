import { oneLine } from '../core/one-line.ts'
import type { Level, Rule, RuleReference, SarifResult, SarifRun } from './sarif-shape.ts'
import { Contradiction } from './untrusted.ts'

/** What is known of the rule that a result names; its description may be missing. */
export interface KnownRule {
  id: string
  rule: Rule | undefined
}

/** The rule of a result (SARIF 2.1.0, sections 3.27.5 to 3.27.7); refuses one that is named in two ways that disagree. */
export function ruleOf(run: SarifRun, result: SarifResult): KnownRule {
  const reference = { ...result.rule }
  const index = result.ruleIndex ?? reference.index ?? -1
  const given = result.ruleId ?? reference.id
  const rule = find(run, { ...reference, index, ...(given !== undefined && { id: given }) })
  return { id: given ?? rule?.id ?? run.tool.driver.name, rule }
}

/** How bad a result is: what it says itself, else what the run was told about its rule, else what the rule says, else `warning` (section 3.27.10). */
export function levelOf(run: SarifRun, result: SarifResult, { id, rule }: KnownRule): Level {
  if (result.kind !== undefined && result.kind !== 'fail') return 'none'
  if (result.level !== undefined) return result.level
  const overridden = overrideOf(run, result, { id, rule })
  return overridden ?? rule?.defaultConfiguration?.level ?? 'warning'
}

function overrideOf(run: SarifRun, result: SarifResult, { id, rule }: KnownRule): Level | undefined {
  const invocations = run.invocations ?? []
  const said = result.provenance?.invocationIndex ?? -1
  if (said >= invocations.length) {
    throw new Contradiction(`expected one of ${invocations.length} invocations, found index ${said}`)
  }
  const invocation = invocations[said === -1 && invocations.length === 1 ? 0 : said]
  return invocation && overridesOf(run, invocation).get(rule ?? id)
}

type Invocation = NonNullable<SarifRun['invocations']>[number]

/** What an invocation was told, by the rule it is about, or by its id when nothing is known of it. */
function overridesOf(run: SarifRun, invocation: Invocation): Map<Rule | string, Level> {
  const known = overrides.get(invocation)
  if (known) return known
  const levels = new Map<Rule | string, Level>()
  for (const { descriptor, configuration } of invocation.ruleConfigurationOverrides ?? []) {
    const about = find(run, descriptor) ?? descriptor.id
    // A configuration that does not say its level has the default one (section 3.50.3).
    if (about !== undefined && !levels.has(about)) levels.set(about, configuration.level ?? 'warning')
  }
  overrides.set(invocation, levels)
  return levels
}

function find(run: SarifRun, { id, index = -1, guid, toolComponent }: RuleReference): Rule | undefined {
  const rules = componentOf(run, toolComponent).rules ?? []
  if (index >= 0) {
    const rule = rules[index]
    if (!rule) throw new Contradiction(`expected one of ${rules.length} rules, found index ${index}`)
    if (id !== undefined && id !== rule.id && !id.startsWith(`${rule.id}/`)) {
      throw new Contradiction(`rule ${index} is ${oneLine(rule.id, 100)}, and the result says ${oneLine(id, 100)}`)
    }
    return rule
  }
  const { byGuid, byId } = namesOf(rules)
  if (guid !== undefined) return byGuid.get(guid)
  // A result may name a part of a rule: `CA1000/1` is of `CA1000` (section 3.27.5).
  return id === undefined ? undefined : (byId.get(id) ?? byId.get(id.replace(/\/[^/]*$/, '')))
}

interface RuleNames {
  byId: Map<string, Rule>
  byGuid: Map<string | undefined, Rule>
}

function namesOf(rules: Rule[]): RuleNames {
  const known = names.get(rules)
  if (known) return known
  const made = {
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    byGuid: new Map(rules.map((rule) => [rule.guid, rule])),
  }
  names.set(rules, made)
  return made
}

/** One look at each list, however many results there are: a hostile file has a hundred thousand of both. */
const names = new WeakMap<Rule[], RuleNames>()
const overrides = new WeakMap<Invocation, Map<Rule | string, Level>>()

function componentOf({ tool }: SarifRun, reference: RuleReference['toolComponent']): { rules?: Rule[] | undefined } {
  const extensions = tool.extensions ?? []
  const index = reference?.index ?? -1
  if (index >= 0) {
    const extension = extensions[index]
    if (!extension) throw new Contradiction(`expected one of ${extensions.length} extensions, found index ${index}`)
    return extension
  }
  const named = extensions.find(
    ({ guid, name }) =>
      (reference?.guid !== undefined && guid === reference.guid) ||
      (reference?.name !== undefined && name === reference.name),
  )
  return named ?? tool.driver
}
