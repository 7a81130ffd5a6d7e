/** Runs both in turn, so that whatever else the machine does hits both alike; the median milliseconds of each. */
export async function compare(
  rounds: number,
  ours: (round: number) => Promise<unknown>,
  limit: (round: number) => Promise<unknown>,
): Promise<{ ours: number; limit: number }> {
  const times: { ours: number[]; limit: number[] } = { ours: [], limit: [] }
  for (let round = 0; round < rounds; round += 1) {
    times.limit.push(await milliseconds(() => limit(round)))
    times.ours.push(await milliseconds(() => ours(round)))
  }
  return { ours: median(times.ours), limit: median(times.limit) }
}

/** The value in the middle. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
