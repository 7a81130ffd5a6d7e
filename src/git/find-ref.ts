import { isPlainRef } from '../core/ref.ts'
import { Refusal } from '../core/refusal.ts'
import type { Git } from './git-command.ts'

/** A commit, and the branch it was found by. */
export interface FoundRef {
  id: string
  branch: string | null
}

/** Finds what a person calls by name in the repository at `folder`: a full commit id first, so that no branch can pose as one, then branch, tag and shortened id; null when there is no such thing. */
export async function findRef(git: Git, folder: string, ref: string): Promise<FoundRef | null> {
  expectPlain(ref)
  const commitOf = async (name: string) => {
    const answer = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], { folder })
    return answer.ok ? answer.output.toString().trim() : null
  }
  if (ref === 'HEAD') {
    const id = await commitOf('HEAD')
    const head = await git(['symbolic-ref', '--quiet', 'HEAD'], { folder })
    const branch = head.ok ? head.output.toString().trim().replace('refs/heads/', '') : null
    return id ? { id, branch } : null
  }
  const short = ref.replace(/^refs\/(heads|tags)\//, '')
  const places = [
    { when: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, name: ref, branch: null },
    { when: /^(?!refs\/tags\/)/, name: `refs/heads/${short}`, branch: short },
    { when: /^(?!refs\/heads\/)/, name: `refs/tags/${short}`, branch: null },
    { when: /^[0-9a-f]{7,63}$/, name: ref, branch: null },
  ]
  for (const { when, name, branch } of places) {
    const id = when.test(ref) ? await commitOf(name) : null
    if (id) return { id, branch }
  }
  return null
}

function expectPlain(ref: string): void {
  if (isPlainRef(ref)) return
  const found = ref.slice(0, 80).replaceAll(/\p{Cc}|\p{Cf}/gu, '?')
  throw new Refusal('invalid', `ref: expected the name of a branch or tag, or a commit id, found ${found}`)
}
