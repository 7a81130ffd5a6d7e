import { command } from '../command.ts'
import { fetchKey } from '../fetch-log.ts'

/** Shows the key of the server’s log as C2SP spells it; whoever gets it should compare it with one they got another way. */
export const showLogKey = command({
  async run({ client, show }) {
    const vkey = await fetchKey(await client())
    show({ vkey }, () => vkey)
  },
})
