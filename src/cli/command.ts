import type { Context } from './context.ts'
import type { ExitCode } from './exit-code.ts'

/** Something a command takes by its place. */
export interface ArgumentDefinition {
  says: string
  optional?: boolean
  /** Takes all that follow, at least one; only the last can. */
  many?: boolean
}

/** Something a command takes by name, as `--name value`, or as a bare `--name` when it has no value. */
export interface OptionDefinition {
  says: string
  /** What stands for the value in the help. */
  value?: string
  choices?: readonly string[]
  required?: boolean
  default?: string
  /** May be given several times. */
  many?: boolean
}

/** What a command takes by place, in that order. */
export type Arguments = Record<string, ArgumentDefinition>
/** What a command takes by name. */
export type Options = Record<string, OptionDefinition>

/** A command: what it takes, and what it does with it. */
export interface Command {
  arguments: Arguments
  options: Options
  run(context: Context, input: never): Promise<ExitCode | void>
}

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name
type Text<Option> = Option extends { choices: readonly (infer Choice)[] } ? Choice : string
type OptionValue<Option> = Option extends { value: string }
  ? Option extends { many: true }
    ? Text<Option>[] | undefined
    : Option extends { required: true } | { default: string }
      ? Text<Option>
      : Text<Option> | undefined
  : boolean

/** What a command's action gets: every argument and option by its name, `--dry-run` as `dryRun`. */
export type Input<Takes extends Arguments, Has extends Options> = {
  [Name in keyof Takes]: Takes[Name] extends { many: true }
    ? string[]
    : Takes[Name] extends { optional: true }
      ? string | undefined
      : string
} & { [Name in keyof Has & string as CamelCase<Name>]: OptionValue<Has[Name]> }

/** Declares a command; the types of its input follow from what it takes. */
export function command<const Takes extends Arguments = {}, const Has extends Options = {}>(definition: {
  arguments?: Takes
  options?: Has
  run(context: Context, input: Input<Takes, Has>): Promise<ExitCode | void>
}): Command {
  return { arguments: {}, options: {}, ...definition }
}
