import { createShop } from './server.js'

const environment = process.env.DEPLOY_ENV ?? 'local'
const server = createShop({ environment })

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`checkout (${environment}) listens on http://127.0.0.1:${server.address().port}`)
})
process.on('SIGTERM', () => {
  server.close()
  server.closeIdleConnections()
})
