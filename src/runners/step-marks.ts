/** What comes out of a job: bytes that a step printed, or the mark after it. The first mark says that the job has begun. */
export type Piece = { kind: 'bytes'; bytes: Buffer } | { kind: 'mark'; exitCode: number }

const endOfMark = 0
const longestExitCode = 3

/** Finds the marks that steps.bash writes between what the steps print; a mark without the token is only bytes. */
export function createMarkReader(token: string): (chunk: Buffer) => Piece[] {
  const beginning = Buffer.from(`\0${token} `)
  let rest: Buffer = Buffer.alloc(0)

  return (chunk) => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const pieces: Piece[] = []
    const give = (end: number) => {
      if (end > 0) pieces.push({ kind: 'bytes', bytes: rest.subarray(0, end) })
      rest = rest.subarray(end)
    }
    for (;;) {
      const start = rest.indexOf(beginning)
      if (start < 0) {
        give(rest.length - beginningAtEnd(rest, beginning))
        return pieces
      }
      give(start)
      const end = rest.indexOf(endOfMark, beginning.length)
      if (end < 0 && rest.length <= beginning.length + longestExitCode) return pieces
      const code = rest.toString('latin1', beginning.length, end)
      if (/^\d{1,3}$/.test(code)) {
        pieces.push({ kind: 'mark', exitCode: Number(code) })
        rest = rest.subarray(end + 1)
      } else give(beginning.length)
    }
  }
}

/** How many bytes at the end may be the beginning of a mark. */
function beginningAtEnd(bytes: Buffer, beginning: Buffer): number {
  const start = bytes.lastIndexOf(0)
  const tail = start < 0 ? Buffer.alloc(0) : bytes.subarray(start)
  return tail.length < beginning.length && tail.equals(beginning.subarray(0, tail.length)) ? tail.length : 0
}
