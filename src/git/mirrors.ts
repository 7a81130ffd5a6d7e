import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import type { Git, GitCall } from './git-command.ts'
import type { RepositoryAddress } from './repository-address.ts'

type Remote = Extract<RepositoryAddress, { kind: 'remote' }>

/** Bare copies of remote repositories, one folder each. */
export interface Mirrors {
  /** The copy's folder after it has seen every branch and tag as they are now. */
  fresh(remote: Remote): Promise<string>
  /** The copy's folder once it has that commit; asks the remote only when it has not. */
  having(remote: Remote, commit: string): Promise<string>
  /** The branch the remote's HEAD points at; null when it points at none. */
  defaultBranch(remote: Remote): Promise<string | null>
}

/** Keeps mirrors below `folder`; nothing stored there holds a credential, each fetch brings its own. */
export function createMirrors({ git, folder }: { git: Git; folder: string }): Mirrors {
  const queue = new Map<string, Promise<unknown>>()

  /** Fetches of one mirror happen one after the other; git itself refuses two at once. */
  const inTurn = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const turn = (queue.get(name) ?? Promise.resolve()).then(work, work)
    queue.set(name, turn)
    try {
      return await turn
    } finally {
      if (queue.get(name) === turn) queue.delete(name)
    }
  }

  const ensured = async ({ name }: Remote): Promise<string> => {
    const place = join(folder, `${createHash('sha256').update(name).digest('hex')}.git`)
    if (await exists(place)) return place
    const incoming = join(folder, `incoming-${randomUUID()}`)
    await mkdir(incoming, { recursive: true, mode: 0o700 })
    expectOk(await git(['init', '--quiet', '--bare', '--template=', '.'], { folder: incoming }), name)
    // Whoever comes first wins; the other's empty mirror is not needed.
    await rename(incoming, place).catch(() => rm(incoming, { recursive: true }))
    return place
  }

  const fetch = async (remote: Remote, what: string[]): Promise<string> => {
    const place = await ensured(remote)
    const args = ['fetch', '--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--end-of-options', remote.url]
    expectOk(await git([...args, ...what], asking(place, remote)), remote.name)
    return place
  }

  const fetchAll = (remote: Remote) => fetch(remote, ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'])

  const has = async (place: string, commit: string) =>
    (await git(['cat-file', '-e', `${commit}^{commit}`], { folder: place })).ok

  return {
    fresh: (remote) => inTurn(remote.name, () => fetchAll(remote)),

    having: (remote, commit) =>
      inTurn(remote.name, async () => {
        const place = await ensured(remote)
        if (await has(place, commit)) return place
        await fetchAll(remote)
        // A commit that no branch or tag reaches any more can still be asked for by its id.
        return (await has(place, commit)) ? place : fetch(remote, [commit])
      }),

    async defaultBranch(remote) {
      const place = await ensured(remote)
      const args = ['ls-remote', '--symref', '--end-of-options', remote.url, 'HEAD']
      const answer = expectOk(await git(args, asking(place, remote)), remote.name)
      return /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(answer.toString())?.[1] ?? null
    },
  }
}

function asking(folder: string, { credentials }: Remote): GitCall {
  return { folder, reach: 'network', credentials }
}

function expectOk(answer: Awaited<ReturnType<Git>>, name: string): Buffer {
  if (answer.ok) return answer.output
  throw new Refusal('not_found', `cannot read repository ${name}: ${answer.message}`)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
