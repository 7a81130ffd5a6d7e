import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { robot } from './registry.ts'
import { serve } from './serve.ts'

const service = 'registry.test'
const issuer = 'tokens.test'

/** A token server as registries have them, for the length of the test that asks for it: whoever brings the robot's password gets what the scope asks for. */
export async function startTokenServer() {
  /** The query and `Authorization` of every request. */
  const asked: { scope: string | null; authorization: string | undefined }[] = []
  const pem = keyAndCertificate()
  const url = await serve((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://tokens.test')
    const scope = searchParams.get('scope')
    asked.push({ scope, authorization: request.headers.authorization })
    const knows = `Basic ${Buffer.from(`${robot.username}:${robot.password}`).toString('base64')}`
    if (request.headers.authorization !== knows) response.writeHead(401).end('{}')
    else void tokenFor(scope ?? '', pem).then((token) => response.end(JSON.stringify({ token })))
  })
  return {
    host: new URL(url).host,
    door: { realm: `${url}/token`, service, issuer, certificate: pem.certificate },
    asked,
  }
}

interface KeyAndCertificate {
  key: string
  certificate: string
}

/** Made anew each time: a certificate that is kept is not valid yet on a machine whose clock is behind. */
function keyAndCertificate(): KeyAndCertificate {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '-']
  const args = ['req', '-x509', ...key, '-subj', `/CN=${issuer}`]
  const both = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const at = both.indexOf('-----BEGIN CERTIFICATE-----')
  return { key: both.slice(0, at), certificate: both.slice(at) }
}

function tokenFor(scope: string, { key, certificate }: KeyAndCertificate): Promise<string> {
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
    .sign(createPrivateKey(key))
}
