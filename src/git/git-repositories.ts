import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { join, resolve as resolvePath } from 'node:path'
import { insidePath } from '../core/names.ts'
import { Refusal } from '../core/refusal.ts'
import type { Repositories } from '../core/repository.ts'
import { changedFiles, diffArguments } from './changed-files.ts'
import { readCommitObject } from './commit-object.ts'
import { createGit, type GitAnswer } from './git-command.ts'
import { createMirrors } from './mirrors.ts'
import { findRef } from './find-ref.ts'
import { listedFiles } from './listed-files.ts'
import { noRepositoryAt, readAddress, type RepositoryAddress } from './repository-address.ts'

const diffLimitBytes = 64 * 1024 ** 2
const listLimitBytes = 256 * 1024 ** 2

const commitId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** Repositories through the git command; remote ones are mirrored below `folder`, local ones are read where they are, unless that is inside a closed folder. */
export async function createGitRepositories({
  folder,
  closed = [folder],
}: {
  folder: string
  /** Existing folders with repositories that are not for everyone who may name one. */
  closed?: string[]
}): Promise<Repositories> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const closedTo = await Promise.all(closed.map((one) => realpath(one)))
  const settingsFile = join(folder, 'gitconfig')
  // A repository that belongs to someone else is only ever read, with nothing of its own being run.
  await writeFile(settingsFile, '[safe]\n\tdirectory = *\n')
  const git = createGit(settingsFile)
  const mirrors = createMirrors({ git, folder })

  /** A folder that has what `ref` names, if the repository has it at all. */
  const placeFor = async (address: RepositoryAddress, ref: string): Promise<string> => {
    if (address.kind === 'remote') return commitId.test(ref) ? mirrors.having(address, ref) : mirrors.fresh(address)
    const answer = await git(['rev-parse', '--absolute-git-dir', '--git-common-dir'], { folder: address.folder })
    if (answer.ok && !(await isClosed(answer.output.toString(), address.folder))) return address.folder
    throw noRepositoryAt(address.folder)
  }

  /** A repository can say that it is somewhere else, so what git found is looked at, not only what was asked for. */
  const isClosed = async (found: string, from: string): Promise<boolean> => {
    const places = await Promise.all(
      found
        .trimEnd()
        .split('\n')
        .map((place) => realpath(resolvePath(from, place))),
    )
    return [from, ...places].some((place) => closedTo.some((one) => `${place}/`.startsWith(`${one}/`)))
  }

  const placeWith = async (repository: string, commit: string): Promise<string> => {
    if (!commitId.test(commit)) throw new Refusal('invalid', `expected a full commit id, found ${commit}`)
    const address = readAddress(repository)
    const place = await placeFor(address, commit)
    if ((await git(['cat-file', '-e', `${commit}^{commit}`], { folder: place })).ok) return place
    throw new Refusal('not_found', `commit ${commit} is not in ${address.name}`)
  }

  return {
    nameOf: (repository) => readAddress(repository).name,

    async resolve(repository, ref) {
      const address = readAddress(repository)
      const place = await placeFor(address, ref)
      const name = address.kind === 'remote' && ref === 'HEAD' ? await mirrors.defaultBranch(address) : ref
      const found = name === null ? null : await findRef(git, place, name)
      if (!found) throw new Refusal('not_found', missingRef(ref, address))
      const text = expectOk(await git(['cat-file', 'commit', found.id], { folder: place }))
      return readCommitObject(text.toString(), found.id, found.branch)
    },

    async read(repository, commit, path, limitBytes) {
      const place = await placeWith(repository, commit)
      const listed = await git(['ls-tree', '-z', '--long', '--full-tree', commit, '--', insidePath.parse(path)], {
        folder: place,
      })
      const [, mode, id, size, found] =
        /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^\0]+)\0$/.exec(expectOk(listed).toString()) ?? []
      if (!id || found !== path) throw new Refusal('not_found', missingFile(path, commit, readAddress(repository)))
      if (!mode?.startsWith('100'))
        throw new Refusal('not_found', `${path} of commit ${commit}: expected a file, found a link or folder`)
      if (Number(size) > limitBytes) {
        throw new Refusal(
          'too_large',
          `${path} of commit ${commit}: expected at most ${limitBytes} bytes, found ${size}`,
        )
      }
      return expectOk(await git(['cat-file', 'blob', id], { folder: place, limitBytes: limitBytes + 1 }))
    },

    async find(repository, commit, names) {
      const place = await placeWith(repository, commit)
      const args = ['ls-tree', '-r', '-z', '--full-tree', commit]
      const listed = expectOk(await git(args, { folder: place, limitBytes: listLimitBytes }))
      return listedFiles(listed, names)
    },

    async changes(repository, from, to) {
      await placeWith(repository, from)
      const place = await placeWith(repository, to)
      const args = [...diffArguments, '--end-of-options', from, to]
      const diff = await git(args, { folder: place, limitBytes: diffLimitBytes })
      if (!diff.ok && diff.message.includes('maxBuffer')) {
        const limit = `at most ${diffLimitBytes} bytes`
        throw new Refusal('too_large', `what changed from commit ${from} to ${to}: expected ${limit}, found more`)
      }
      return changedFiles(expectOk(diff).toString())
    },

    async checkout(repository, commit, target) {
      const source = await placeWith(repository, commit)
      const format = commit.length === 64 ? 'sha256' : 'sha1'
      const steps: [string[], 'local'?][] = [
        [['init', '--quiet', '--template=', `--object-format=${format}`, '.']],
        // A fetch copies, where a local clone would share its files by hard links.
        [
          ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--end-of-options', source, commit],
          'local',
        ],
        [['checkout', '--quiet', '--detach', commit, '--']],
      ]
      for (const [args, reach] of steps) expectOk(await git(args, { folder: target, ...(reach && { reach }) }))
    },
  }
}

function missingRef(ref: string, { kind, name }: RepositoryAddress): string {
  if (ref !== 'HEAD') return `${ref} is not a branch, tag or commit of ${name}`
  return kind === 'remote' ? `${name} has no default branch` : `${name} has no commit yet; make one with: git commit`
}

function missingFile(path: string, commit: string, { kind, name }: RepositoryAddress): string {
  const remedy = kind === 'remote' ? 'commit and push it, then run again' : 'commit it, then run again'
  return `${path} is not in commit ${commit} of ${name}; ${remedy}`
}

function expectOk(answer: GitAnswer): Buffer {
  if (answer.ok) return answer.output
  throw new Error(`git failed: ${answer.message}`)
}
