import { command } from '../command.ts'
import { meText } from '../views/people-view.ts'

/** Shows who the server takes you for. */
export const whoami = command({
  async run(context) {
    context.show(await context.ask((client) => client.getMe({})), meText)
  },
})
