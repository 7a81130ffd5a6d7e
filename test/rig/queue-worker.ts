import { once } from 'node:events'
import { createQueue } from '../../src/store/queue.ts'

/*
 * A worker in a process of its own, for tests that kill it: says `ready`, then `took <id>` for each job, which it
 * never finishes unless its id starts with `quick`.
 */
const [url = ''] = process.argv.slice(2)
const queue = await createQueue({ url, report: (message, error) => console.error(message, error) })
const work = async (id: string, signal: AbortSignal) => {
  console.log(`took ${id}`)
  if (!id.startsWith('quick')) await once(signal, 'abort')
}
await queue.work({
  'execute-run': ({ run }, signal) => work(run, signal),
  'advance-promotion': ({ promotion }, signal) => work(promotion, signal),
})
console.log('ready')
