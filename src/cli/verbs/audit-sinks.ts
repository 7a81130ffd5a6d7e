import { command } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { sinksText } from '../views/sinks-view.ts'

/** Shows where the server brings its checkpoints, and what is wrong there; the exit code is 0 only when nothing is. */
export const listSinks = command({
  async run({ ask, show }) {
    const answer = await ask((client) => client.listSinks({}))
    show(answer, sinksText)
    return answer.items.every(({ trouble }) => trouble === null) ? exitCodes.ok : exitCodes.failed
  },
})
