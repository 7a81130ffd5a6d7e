import { generateKeyPairSync } from 'node:crypto'
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The example signer with keys of its own, as somebody would install it. */
export async function startKms() {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-kms-'))
  const program = join(folder, 'openssl.sh')
  await cp('examples/signers/openssl.sh', program)
  await chmod(program, 0o755)
  await mkdir(join(folder, 'keys'), { mode: 0o700 })
  let count = 0
  const addKey = async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    count += 1
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    await writeFile(join(folder, 'keys', `${count}.pem`), pem, { mode: 0o600 })
  }
  await addKey()
  return {
    program,
    folder,
    addKey,
    /** Lets another program stand in the place of the example. */
    async replace(script: string) {
      await writeFile(program, `#!/usr/bin/env bash\n${script}\n`, { mode: 0o755 })
    },
    stop: () => rm(folder, { recursive: true }),
  }
}
