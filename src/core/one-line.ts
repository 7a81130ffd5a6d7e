/** Text from elsewhere on one line of bounded length, without the control and format characters that could write elsewhere on a terminal or in a log (A27, A29). */
export function oneLine(text: string, characters: number): string {
  const line = text
    .slice(0, characters * 4)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length > characters ? `${line.slice(0, characters - 1).toWellFormed()}…` : line
}
