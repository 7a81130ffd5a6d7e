import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { robot } from './registry.ts'
import { serve } from './serve.ts'

const service = 'registry.test'
const issuer = 'tokens.test'

/** Made for tests, and good for nothing else. */
const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgPtA5uQiVJW5oZrzg
rq+cfuS92sF+PBdjI9ofz/Byq+WhRANCAAQVrXjlY9Pg1sXLm+ltE1K5BM0m+IVu
IfRfTw1ce2nc6ZB4QRCVvQNuUYmuTs+dn0R9Al+pWW9KdEXgzEQmiCQk
-----END PRIVATE KEY-----`
const certificate = `-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIUVUVIl1R5FuYoXkrrNcf1X8Vs3EEwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLdG9rZW5zLnRlc3QwIBcNMjYxMTIzMDYyNDU1WhgPMjEyNjEw
MzAwNjI0NTVaMBYxFDASBgNVBAMMC3Rva2Vucy50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEFa145WPT4NbFy5vpbRNSuQTNJviFbiH0X08NXHtp3OmQeEEQ
lb0DblGJrk7PnZ9EfQJfqVlvSnRF4MxEJogkJKNTMFEwHQYDVR0OBBYEFDUa+Heg
0kojlEX63WyZpG9l65tuMB8GA1UdIwQYMBaAFDUa+Heg0kojlEX63WyZpG9l65tu
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgDaqLDRIxtvkPXdNB
3ZNQRxJysT2R6aXjPftQrnTsX1ICIDxlhhVz6MQtdPFDuUetILskHXMe0Hmxveva
/yFyPGzB
-----END CERTIFICATE-----`

/** A token server as registries have them, for the length of the test that asks for it: whoever brings the robot's password gets what the scope asks for. */
export async function startTokenServer() {
  /** The query and `Authorization` of every request. */
  const asked: { scope: string | null; authorization: string | undefined }[] = []
  const url = await serve((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://tokens.test')
    const scope = searchParams.get('scope')
    asked.push({ scope, authorization: request.headers.authorization })
    const knows = `Basic ${Buffer.from(`${robot.username}:${robot.password}`).toString('base64')}`
    if (request.headers.authorization !== knows) response.writeHead(401).end('{}')
    else void tokenFor(scope ?? '').then((token) => response.end(JSON.stringify({ token })))
  })
  return { host: new URL(url).host, door: { realm: `${url}/token`, service, issuer, certificate }, asked }
}

function tokenFor(scope: string): Promise<string> {
  const [type, name, actions = ''] = scope.split(':')
  return new SignJWT({ access: [{ type, name, actions: actions.split(',') }] })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', x5c: [certificate.replaceAll(/-----.*?-----|\s/g, '')] })
    .setIssuer(issuer)
    .setAudience(service)
    .setSubject(robot.username)
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('5m')
    .setJti('one')
    .sign(createPrivateKey(privateKey))
}
