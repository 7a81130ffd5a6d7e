import { z } from 'zod'

/** Addresses that may be asked although they are on this machine or otherwise closed; a null port means all of its ports. */
export interface EgressRule {
  family: 'ipv4' | 'ipv6'
  address: string
  prefix: number
  port: number | null
}

const rule = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<v4>[0-9.]+))(?:\/(?<prefix>[0-9]{1,3}))?(?::(?<port>[0-9]{1,5}))?$/

/** Reads `127.0.0.1:9090`, `10.0.0.0/8` or `[::1]:9090`; null for anything else. */
export function readEgressRule(text: string): EgressRule | null {
  const { v4, v6, prefix, port } = rule.exec(text)?.groups ?? {}
  const address = v4 ?? v6
  if (address === undefined) return null
  const family = v4 === undefined ? 'ipv6' : 'ipv4'
  const [shape, longest] = family === 'ipv4' ? [z.ipv4(), 32] : [z.ipv6(), 128]
  const read = { family, address, prefix: Number(prefix ?? longest), port: port === undefined ? null : Number(port) }
  const fits = shape.safeParse(address).success && read.prefix <= longest && (read.port ?? 1) >= 1
  return fits && (read.port ?? 1) <= 65_535 ? (read as EgressRule) : null
}
