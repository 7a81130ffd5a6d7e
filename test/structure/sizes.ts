import type { Source } from './source.ts'

/** Files longer than `limit` lines. */
export function tooLong(sources: Source[], limit: number): string[] {
  return sources.flatMap((file) =>
    lines(file) > limit ? [`${file.path}: ${lines(file)} lines, at most ${limit}`] : [],
  )
}

/** The length in lines of the file in the middle. */
export function medianLines(sources: Source[]): number {
  return sources.map(lines).toSorted((a, b) => a - b)[Math.floor(sources.length / 2)] ?? 0
}

function lines({ text }: Source): number {
  return text.trimEnd().split('\n').length
}
