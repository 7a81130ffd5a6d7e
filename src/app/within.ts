/** Waits for the work no longer than that; null when it was not done by then. What is still going on then is not listened to any more. */
export async function within<T>(limitSeconds: number, work: Promise<T>): Promise<{ value: T } | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitSeconds * 1000)
  })
  try {
    return await Promise.race([work.then((value) => ({ value })), late])
  } finally {
    clearTimeout(timer)
  }
}
