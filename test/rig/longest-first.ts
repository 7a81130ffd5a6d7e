import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Parts of the paths of files that take ten seconds or more, the longest first. */
const long = [
  'src/deployers/process.test',
  'src/deployers/deployer-contract',
  'src/store/queue.test',
  'src/runners/process.test',
  'src/store/embedded',
  'test/witnessed-log',
  'src/deployers/command.test',
  'test/rollouts/hanging',
  'test/cli',
]

/** Starts with the files that take longest, so that at the end no worker is alone with one of them; a fresh checkout remembers no durations. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((part) => moduleId.includes(part))
      return at < 0 ? long.length : at
    }
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other))
  }
}
