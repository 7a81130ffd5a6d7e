import { command } from '../command.ts'
import { keysText } from '../views/keys-view.ts'

/** Shows the public keys, each ready to be saved as a file. */
export const keys = command({
  async run(context) {
    context.show(await context.ask((client) => client.listKeys({})), keysText)
  },
})
