import { z } from 'zod'

/** The address of something to ask: http or https, without credentials and fragment, its host written as it is read (A22). Whether the address behind it may be asked is checked when it is. */
export const outsideUrl = z
  .string()
  .max(1024)
  .superRefine((text, context) => {
    const problem = urlProblem(text)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

/** Why a text is no address to send requests to; null when it is one. */
export function urlProblem(text: string): string | null {
  const expected = 'expected an address such as https://prometheus.example.org'
  if (!/^https?:\/\/[!-~]+$/.test(text) || !URL.canParse(text)) return expected
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return `${expected}, without a user or password in it`
  if (text.includes('#')) return `${expected}, without a #`
  const written = /^https?:\/\/([^/?:[]+|\[[^\]]*\])/.exec(text)?.[1]?.toLowerCase()
  // 127.1, 0x7f.1 and 2130706433 are all read as 127.0.0.1: whoever reviews the file should see where it goes.
  if (written !== url.hostname) return `${expected}; its host is read as ${url.hostname}`
  return neverOpen.test(url.hostname)
    ? `${expected}; ${url.hostname} is a link-local, metadata or special address`
    : null
}

/** Addresses that nobody has a reason to write into a policy; whether others may be asked is the operator's word, and looked at when they are. */
const neverOpen =
  /^(0\.|169\.254\.|192\.0\.0\.|22[4-9]\.|2[3-5][0-9]\.|100\.100\.100\.200$|168\.63\.129\.16$|\[(::\]|::ffff:|64:ff9b:|2002:|fe[89a-f][0-9a-f]:|ff[0-9a-f]{2}:|fd00:ec2::254\]))/
