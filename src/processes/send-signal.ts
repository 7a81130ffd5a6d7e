/** Sends a signal to a process, or to a group when negative; one that is already gone is fine, and so is what `sudo` has started, which is not ours to end. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
