import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactStore } from '../core/artifacts.ts'
import { Refusal } from '../core/refusal.ts'
import type { JobRequest, JobResult } from '../core/runner.ts'
import { withFileInside } from './file-inside.ts'

type Succeeded = Extract<JobResult, { outcome: 'succeeded' }>

const outputLimitBytes = 64 * 1024

/** A job whose every step succeeded. */
export interface Finished {
  request: JobRequest
  /** Nothing writes there any more. */
  area: string
  /** The user the job ran as: no file of anyone else's is taken, whatever it is linked to. */
  owner: number
}

/** Takes from a finished job what it declared, files into the store; refuses what is missing, is no regular file, or leads out of the workspace. */
export async function collectFiles(artifacts: ArtifactStore, finished: Finished): Promise<Succeeded> {
  const { artifacts: kept, reports, outputs } = finished.request.definition
  const store = (what: string, path: string) => storeFile(artifacts, finished, { what, path })
  const result: Succeeded = { outcome: 'succeeded', outputs: {}, artifacts: [], reports: [] }
  for (const name of outputs) result.outputs[name] = await readOutput(finished, name)
  for (const { name, path } of kept) result.artifacts.push({ name, ...(await store(`artifact ${name}`, path)) })
  for (const { use, path } of reports) {
    result.reports.push({ use, path, digest: (await store(`${use} report`, path)).digest })
  }
  return result
}

/** Names in the folder of outputs that the job does not declare. */
export async function undeclaredOutputs({ request, area }: Finished): Promise<string[]> {
  const names = await readdir(join(area, 'outputs'))
  return names.filter((name) => !request.definition.outputs.includes(name)).toSorted()
}

async function storeFile(
  artifacts: ArtifactStore,
  { request, area, owner }: Finished,
  { what, path }: { what: string; path: string },
) {
  const about = `job ${request.job}: ${what}`
  return found(
    about,
    path,
    await withFileInside(join(area, 'workspace'), path, async (file) => {
      if (!(await isOwnFile(file, owner))) return null
      return artifacts.put(file).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error
        throw new Refusal(error.code, `${about}: ${error.message.replaceAll(file, path)}`, {
          reason: error.reason,
          cause: error,
        })
      })
    }),
  )
}

async function readOutput({ request, area, owner }: Finished, name: string): Promise<string> {
  const about = `job ${request.job}: output ${name}`
  const bytes = found(
    about,
    `$LOCKFLIGHT_OUTPUTS/${name}`,
    await withFileInside(join(area, 'outputs'), name, async (file) =>
      (await isOwnFile(file, owner)) ? readAtMost(file, outputLimitBytes, about) : null,
    ),
  )
  const text = decode(bytes, about).replace(/\r?\n$/, '')
  const secret = Object.entries(request.secrets).find(([, value]) => value.trim() !== '' && text.includes(value.trim()))
  if (secret)
    throw new Refusal(
      'unprocessable',
      `${about} contains the value of secret ${secret[0]}; outputs are shown to people`,
    )
  return text
}

function found<Result>(about: string, path: string, result: Result | null): Result {
  if (result !== null) return result
  throw new Refusal(
    'unprocessable',
    `${about}: expected a regular file at ${path}, found none after the last step (links are not followed)`,
    { reason: 'file_missing' },
  )
}

async function isOwnFile(file: string, owner: number): Promise<boolean> {
  const status = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENAMETOOLONG') return null
    throw error
  })
  return status !== null && status.isFile() && status.uid === owner
}

async function readAtMost(file: string, limitBytes: number, about: string): Promise<Buffer> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  const { size } = await handle.stat()
  if (size > limitBytes) throw new Refusal('too_large', `${about}: expected at most ${limitBytes} bytes, found ${size}`)
  return handle.readFile()
}

function decode(bytes: Buffer, about: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch (cause) {
    throw new Refusal('unprocessable', `${about}: expected UTF-8 text, found other bytes`, { cause })
  }
  throw new Refusal('unprocessable', `${about}: expected text, found a NUL character in it`)
}
