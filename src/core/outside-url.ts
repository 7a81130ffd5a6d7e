import { z } from 'zod'

/** The address of something to ask: http or https, without credentials and fragment, its host written as it is read (A22). Whether the address behind it may be asked is checked when it is. */
export const outsideUrl = z
  .string()
  .max(2048)
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
  return written === url.hostname ? null : `${expected}; its host is read as ${url.hostname}`
}
