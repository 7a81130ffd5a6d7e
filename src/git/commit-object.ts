import type { Commit } from '../core/repository.ts'

/** Reads a commit as `git cat-file commit` prints it; only the header decides who the author is, never the message. */
export function readCommitObject(text: string, id: string, branch: string | null): Commit {
  const end = text.indexOf('\n\n')
  const header = end < 0 ? text : text.slice(0, end)
  const message = end < 0 ? '' : text.slice(end + 2)
  const author = /^author [^\n]*<([^<>\n]*)> -?\d+ [+-]\d+$/m.exec(header)
  const committer = /^committer [^\n]*> (-?\d+) [+-]\d+$/m.exec(header)
  return {
    id,
    branch,
    authorEmail: (author?.[1] ?? '').toLowerCase(),
    subject: message.trimStart().split('\n', 1)[0] ?? '',
    committedAt: new Date(Number(committer?.[1] ?? 0) * 1000),
  }
}
