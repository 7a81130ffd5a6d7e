import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deployVariables, variableOf } from '../core/deploy-variables.ts'
import type { DeployRequest } from '../core/deployer.ts'
import { inWords } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'
import { readAnswered } from './answered.ts'
import { checkedArtifact } from './artifact-file.ts'
import { writeCommandState } from './command-state.ts'
import { basicEnvironment } from './detached.ts'
import { readIfThere } from '../files/durable-file.ts'
import { scriptOutput, type Order, type Outcome } from './order.ts'
import { keepAllSmall, lastLines } from './output-file.ts'

const graceMilliseconds = 5_000

/** Runs the script for one phase. `resumed` says that it had begun before: then it runs again only if it is declared idempotent (I02). */
export async function commandPhase(
  { request, target, config }: Extract<Order, { use: 'command' }>,
  { folder, resumed }: { folder: string; resumed: boolean },
): Promise<Outcome> {
  if (resumed && !config.idempotent) {
    return failed(
      'interrupted: the script ended without saying how, so nobody knows how far it came; look at the target, ' +
        'and set `idempotent: true` if the script may simply run again',
    )
  }
  const answer = join(folder, 'answer')
  await rm(answer, { force: true })
  const env = {
    ...basicEnvironment(),
    ...config.env,
    ...deployVariables(request),
    ...(await artifactVariables(request.release, join(folder, 'artifacts'))),
    LOCKFLIGHT_ANSWER: answer,
  }
  const output = scriptOutput(folder)
  const end = await runScript(config.run, { folder, env, output, timeoutSeconds: config.timeoutSeconds })
  if (end !== 'exit code 0') return failed(`the script ended with ${end}${said(await lastLines(output))}`)
  await writeCommandState(target, request.phase, readAnswered((await readIfThere(answer)) ?? ''))
  return { outcome: 'succeeded' }
}

/** How the script ended, for people. It stays in this process's group, so it is found even when this process is killed. */
async function runScript(
  script: string,
  {
    folder,
    env,
    output,
    timeoutSeconds,
  }: { folder: string; env: Record<string, string>; output: string; timeoutSeconds: number },
): Promise<string> {
  const file = join(folder, 'script.sh')
  const workspace = join(folder, 'workspace')
  await writeFile(file, script, { mode: 0o600 })
  await mkdir(workspace, { recursive: true })
  const log = await open(output, 'a', 0o600)
  const args = ['-e', '-o', 'pipefail', file]
  const child = spawn('bash', args, { cwd: workspace, env, stdio: ['ignore', log.fd, log.fd] })
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  await log.close()

  // The whole group is asked to end, and this process is one of it; it must live to record the outcome.
  process.on('SIGTERM', () => {})
  let late = false
  const timers = [
    setTimeout(() => {
      late = true
      process.kill(-process.pid, 'SIGTERM')
    }, timeoutSeconds * 1000),
    setTimeout(() => child.kill('SIGKILL'), timeoutSeconds * 1000 + graceMilliseconds),
  ]
  const leaveSmall = keepAllSmall(async () => [output])
  const [code, signal] = await ended
  leaveSmall()
  for (const timer of timers) clearTimeout(timer)
  if (late) return `a timeout after ${inWords(timeoutSeconds)}`
  return code === null ? `signal ${signal}` : `exit code ${code}`
}

async function artifactVariables(release: DeployRequest['release'], folder: string): Promise<Record<string, string>> {
  const variables: Record<string, string> = { LOCKFLIGHT_ARTIFACTS: folder }
  for (const { name } of release.artifacts) {
    const variable = variableOf('ARTIFACT', name)
    if (variables[variable]) {
      throw new Refusal('conflict', `two artifacts of release ${release.version} would be ${variable}; rename ${name}`)
    }
    variables[variable] = await checkedArtifact(release, name, folder)
  }
  return variables
}

function failed(reason: string): Outcome {
  return { outcome: 'failed', reason }
}

function said(lines: string): string {
  return lines === '' ? ' and printed nothing' : `; it said:\n${lines}`
}
