import type { ArtifactStore } from '../core/artifacts.ts'
import { Refusal } from '../core/refusal.ts'
import type { JobResult } from '../core/runner.ts'
import { useOwnFile, type Finished } from './own-file.ts'
import { readOutput } from './read-output.ts'

type Succeeded = Extract<JobResult, { outcome: 'succeeded' }>

/** Takes from a finished job what it declared, files into the store; refuses what is missing, is no regular file, or leads out of the workspace. */
export async function collectFiles(artifacts: ArtifactStore, finished: Finished): Promise<Succeeded> {
  const { artifacts: kept, reports, outputs } = finished.request.definition
  const store = (what: string, path: string) => storeFile(artifacts, finished, { what, path })
  const result: Succeeded = { outcome: 'succeeded', outputs: {}, artifacts: [], reports: [] }
  for (const name of outputs) result.outputs[name] = await readOutput(finished, name)
  for (const { name, path } of kept) result.artifacts.push({ name, ...(await store(`artifact ${name}`, path)) })
  for (const { use, path } of reports) {
    const { digest } = await store(`${use} report`, path)
    result.reports.push({ use, path, digest, root: finished.workspace })
  }
  return result
}

async function storeFile(artifacts: ArtifactStore, finished: Finished, { what, path }: { what: string; path: string }) {
  return useOwnFile(finished, { about: what, path: `workspace/${path}`, shown: path }, async (file) => {
    try {
      return await artifacts.put(file)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const message = `${what}: ${error.message.replaceAll(file, path)}`
      throw new Refusal(error.code, message, { reason: error.reason, cause: error })
    }
  })
}
