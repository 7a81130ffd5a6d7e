import { BlockList, isIP } from 'node:net'
import type { EgressRule } from '../core/egress-rule.ts'

const loopback = ['127.0.0.0/8', '::1/128']

/** This machine, its neighbours, cloud metadata, and what is no address of one host (RFC 6890); IPv6 ways to write IPv4. */
const closedAlways = [
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
]

/** Says why an address and port may not be asked, or null when they may; `rules` are what the operator opened. */
export function createAddressCheck(
  rules: EgressRule[],
): (address: string, port: number, deployed: boolean) => string | null {
  const closed = listOf(closedAlways)
  const local = listOf(loopback)
  const opened = rules.map(({ family, address, prefix, port }) => {
    const list = new BlockList()
    list.addSubnet(address, prefix, family)
    return { list, port }
  })
  return (address, port, deployed) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const isIn = (list: BlockList) => list.check(address, family)
    if (opened.some((rule) => (rule.port ?? port) === port && isIn(rule.list))) return null
    if (isIn(local)) return deployed ? null : `${address} is this machine itself`
    // ::/96 holds ::1, which was answered above.
    if (isIn(closed)) return `${address} is a link-local, metadata or special address`
    return deployed || port >= 1024 || [80, 443].includes(port) ? null : `port ${port} is not one for HTTP`
  }
}

function listOf(subnets: string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/')
    list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
