import { once } from 'node:events'
import { dirname, resolve } from 'node:path'
import { isPlainRef } from '../../core/ref.ts'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-code.ts'
import { findConfiguration } from '../find-project.ts'
import { followRun } from '../follow-run.ts'
import type { Line } from '../lines.ts'
import { lineText } from '../show-lines.ts'
import { uncommittedFiles } from '../uncommitted.ts'
import { runResultText } from '../views/run-view.ts'

/** Runs the pipeline for one commit and shows what its jobs print; Ctrl-C and SIGTERM cancel the run. */
export const run = command({
  options: {
    commit: { value: 'id', says: 'a commit' },
    ref: { value: 'name', says: 'a branch or tag; by default what is checked out' },
    repo: { value: 'where', says: 'a path or git URL; by default this repository' },
    detach: { says: 'do not wait for the end' },
  },
  async run(context, { commit, ref, repo, detach }) {
    const named = refIn({ commit, ref })
    const project = await context.project()
    const repository = repositoryOf(context, repo)
    // From here on, so that no signal leaves behind a run that is just being started.
    const interrupted = detach ? null : context.interruption()
    const started = await context.ask((client) => client.startRun({ project, repository, ref: named ?? 'HEAD' }))
    context.say(`run #${started.number} (${started.id}) of ${started.source.commit.slice(0, 8)}`)
    if (named === undefined) await warnOfUncommitted(context, repository)
    if (!interrupted) return context.show(started, ({ id }) => id)

    void cancelOn(interrupted, context, { project, id: started.id })
    const write = (line: Line, label: string) => context.say(lineText(line, label, false))
    const ended = await followRun(context, { project, id: started.id, attempts: 'all', write })
    const version = ended.release === null ? null : await versionOf(context, { project, release: ended.release })
    context.show(ended, (answer, look) => runResultText(answer, version, look))
    if (interrupted.aborted) return exitCodes.interrupted
    return ended.state === 'succeeded' ? exitCodes.ok : exitCodes.failed
  },
})

/** What the run is to be of; undefined for what is checked out. */
function refIn(given: { commit: string | undefined; ref: string | undefined }): string | undefined {
  const { commit, ref } = given
  if (commit !== undefined && ref !== undefined) throw new Refusal('invalid', 'expected --commit or --ref; found both')
  const text = commit ?? ref
  if (text === undefined || isPlainRef(text)) return text
  const option = commit === undefined ? '--ref' : '--commit'
  const remedy = 'give the id that git rev-parse prints for it, with --commit'
  throw new Refusal(
    'invalid',
    `expected a commit id or the name of a branch or tag after ${option}; found ${text}; ${remedy}`,
  )
}

/** A run is of a commit: what was only written down here is not part of it, and people forget that. */
async function warnOfUncommitted(context: Context, repository: string): Promise<void> {
  const files = repository.startsWith('/') ? await uncommittedFiles(repository) : null
  if (!files) return
  const what = files === 1 ? 'a change in 1 file is' : `changes in ${files} files are`
  context.say(`${what} not committed, and not part of this run`)
}

/** Not always of this run: the same bytes made twice are one release. */
async function versionOf(context: Context, which: { project: string; release: string }): Promise<string> {
  const { version } = await context.ask((client) => client.getRelease(which))
  return version
}

/** Tells the server once nobody wants the run any more; how it ends is seen by following it. */
async function cancelOn(signal: AbortSignal, context: Context, where: { project: string; id: string }): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
  const isTerminated = signal.reason === 'SIGTERM'
  context.say(`cancelling the run; ${isTerminated ? 'another signal' : 'Ctrl-C again'} leaves it behind`)
  const reason = isTerminated ? 'lockflight run was ended by SIGTERM' : 'interrupted at the terminal'
  try {
    await context.ask((client) => client.cancelRun({ ...where, reason }))
  } catch (error) {
    context.say(`the run could not be cancelled: ${(error as Error).message}`)
  }
}

/** A path is made absolute, because the server may run in another folder. */
function repositoryOf({ folder }: Context, given: string | undefined): string {
  if (given !== undefined) return /^[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(given) ? given : resolve(folder, given)
  const found = findConfiguration(folder)
  return found ? dirname(found.file) : folder
}
