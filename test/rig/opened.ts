import { afterAll, onTestFinished } from 'vitest'

/** What a rig of any kind can do in the end. */
type Rig = { stop(): Promise<unknown> } | { close(): Promise<unknown> } | { end(): Promise<unknown> }

/** One rig for all tests of a file, as soon as it is there; it is taken away after the last of them. */
export async function opened<Kind extends Rig>(opening: Promise<Kind>): Promise<Kind> {
  const rig = await opening
  afterAll(() => ended(rig))
  return rig
}

/** A rig for the test that asks for it; it is taken away when that test ends. */
export async function openedHere<Kind extends Rig>(opening: Promise<Kind>): Promise<Kind> {
  const rig = await opening
  onTestFinished(() => ended(rig))
  return rig
}

async function ended(rig: Rig): Promise<void> {
  if ('stop' in rig) await rig.stop()
  else if ('close' in rig) await rig.close()
  else await rig.end()
}
