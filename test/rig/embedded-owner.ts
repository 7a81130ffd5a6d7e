import { startEmbedded } from '../../src/store/embedded.ts'

/* A process that starts the embedded database of a folder, says where it is and what its process is, and stays until it is killed. */
const [home = ''] = process.argv.slice(2)
const { url, pid } = await startEmbedded(home, { report: (message) => console.error(message) })
console.log(JSON.stringify({ url, pid: pid() }))
setInterval(() => undefined, 1000)
