import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMasker } from './mask.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Everything A21 lists, each as a program would print it. */
const encodings: Record<string, (secret: string) => string> = {
  raw: (secret) => secret,
  'base64 at offset 0': base64,
  'base64 at offset 1': (secret) => base64(`x${secret}yz`),
  'base64 at offset 2': (secret) => base64(`xy${secret}z`),
  'base64 for URLs': (secret) => Buffer.from(`user:${secret}`).toString('base64url'),
  'base64 in lines': (secret) => base64(`some text before ${secret} and after`).replaceAll(/.{19}/g, '$&\n'),
  'base64 twice': (secret) => base64(base64(secret)),
  'base64 twice, of a line': (secret) => base64(`${base64(`${secret}\n`)}\n`),
  hexadecimal: (secret) => Buffer.from(secret).toString('hex'),
  'hexadecimal in capitals': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'hexadecimal in lines': (secret) => Buffer.from(secret).toString('hex').replaceAll(/.{10}/g, '$&\n'),
  URL: encodeURIComponent,
  'URL of a form': (secret) => new URLSearchParams({ secret }).toString(),
  JSON: (secret) => JSON.stringify({ secret }),
  'JSON in JSON': (secret) => JSON.stringify(JSON.stringify({ secret })),
  'quoted by the shell': (secret) => `+ curl -H '${secret.replaceAll("'", String.raw`'\''`)}'`,
  'escaped by the shell': (secret) => secret.replaceAll(/[^\w@%+=:,./-]/g, String.raw`\$&`),
  XML: (secret) =>
    `<a b="${secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')}"/>`,
}

function masked(secrets: string[], text: string, cuts: number[] = []): string {
  const masker = createMasker(secrets)
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return (
    places
      .slice(1)
      .map((end, index) => masker.push(text.slice(places[index], end)))
      .join('') + masker.flush()
  )
}

test.each(Object.entries(encodings))('A21 a secret printed as %s is masked, however it is cut', (_, encode) => {
  for (const secret of [`p"a$s's w<o>r&d/\\`, 'hunter2hunter2', 'pässwörd-ß-日本', 'AKIA+IOSF/ODNN7+EXAMPLE==']) {
    const text = `before ${encode(secret)} after`
    const whole = masked([secret], text)
    expect(whole).toContain('***')
    expect(whole).not.toContain(encode(secret))
    expect(whole.length).toBeLessThan(text.length)
    for (let cut = 0; cut <= text.length; cut++) expect(masked([secret], text, [cut])).toBe(whole)
    expect(
      masked(
        [secret],
        text,
        Array.from({ length: text.length }, (__, index) => index),
      ),
    ).toBe(whole)
  }
})

test('A21 every line of a secret with several is masked by itself, also when it is encoded', () => {
  const key = Array.from({ length: 4 }, (_, index) => base64(`line ${index} of a private key, with forty bytes`))
  const pem = `-----BEGIN PRIVATE KEY-----\n${key.join('\n')}\n-----END PRIVATE KEY-----\n`
  for (const text of [
    pem,
    key.join(' '),
    JSON.stringify(pem),
    pem.replaceAll('\n', '\r\n'),
    base64(pem),
    key.map(base64).join(),
  ]) {
    const shown = masked([pem], text)
    for (const line of key) {
      expect(shown).not.toContain(line.slice(4, 20))
      expect(shown).not.toContain(base64(line).slice(4, 20))
    }
  }
})

test('what is no secret is shown as it is, and at once', () => {
  const masker = createMasker(['hunter2hunter2'])
  expect(masker.push('listening on port 3000\n')).toBe('listening on port 3000\n')
  expect(masker.push('hunt')).toBe('')
  expect(masker.push('ing season')).toBe('hunting season')
  expect(createMasker([]).push('anything')).toBe('anything')
  expect(createMasker(['']).push('anything')).toBe('anything')
})

test('secrets that overlap or touch are masked as one', () => {
  expect(masked(['abcdefgh', 'efghijkl'], 'x abcdefghijkl y')).toBe('x *** y')
  expect(masked(['abcdefgh', 'ijklmnop'], 'x abcdefghijklmnop y')).toBe('x *** y')
  expect(masked(['abcdefgh', 'abcdefghijkl'], 'abcdefghijkl')).toBe('***')
  expect(masked(['abcdefghijkl', 'cdefgh'], 'abcdefghij')).toBe('ab***ij')
})

const letter = fc.constantFrom('a', 'b', 'ä', '"', ' ', '\n', '/')
const secretText = fc.string({ unit: letter, minLength: 6, maxLength: 12 }).filter((text) => text.trim().length >= 6)
const logText = fc.string({ unit: letter, maxLength: 60 })

test('no log of any letters shows a secret, and cutting it differently changes nothing', () => {
  fc.assert(
    fc.property(
      fc.array(secretText, { minLength: 1, maxLength: 3 }),
      fc.array(logText),
      fc.array(fc.nat()),
      (secrets, texts, cuts) => {
        const text = texts.flatMap((part, index) => [part, secrets[index % secrets.length] ?? '']).join('')
        const shown = masked(secrets, text)
        for (const secret of secrets) expect(shown).not.toContain(secret)
        expect(masked(secrets, text, cuts)).toBe(shown)
        const kept = shown.split('***').map((piece) => text.indexOf(piece))
        expect(kept.every((place) => place >= 0)).toBe(true)
      },
    ),
  )
})
