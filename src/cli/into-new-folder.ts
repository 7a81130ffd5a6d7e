import { mkdir, rename, rm } from 'node:fs/promises'
import { Refusal } from '../core/refusal.ts'

/** Fills a folder that appears only when it is complete; refuses with `conflict` when it is there already. */
export async function intoNewFolder(folder: string, fill: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${folder}.${process.pid}.partial`
  await mkdir(draft)
  try {
    await fill(draft)
    await takePlace(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

async function takePlace(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder)
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw new Refusal('conflict', `${folder} is already there; nothing was exported`)
  }
}
