import { oneLine } from '../core/one-line.ts'
import type { ReportOrigin } from '../core/report.ts'
import { repositoryPath } from './repository-path.ts'
import type { ArtifactLocation, SarifRun } from './sarif-shape.ts'
import { Contradiction } from './untrusted.ts'

const mostBases = 16

/**
 * A file as a SARIF run names it (section 3.4), relative to the repository. A relative address whose base is no folder
 * known here is taken as relative to the repository: that is what `%SRCROOT%` and its like stand for.
 */
export function sarifPath(
  run: SarifRun,
  location: ArtifactLocation,
  origin: ReportOrigin | undefined,
): string | undefined {
  const { uri, uriBaseId } = withIndex(run, location)
  if (uri === undefined) return undefined
  if (isAbsolute(uri)) return repositoryPath(pathOf(uri), origin)
  const base = baseOf(run, uriBaseId)
  const below = base !== undefined && origin?.root !== undefined && `${pathOf(base)}/`.startsWith(`${origin.root}/`)
  const inBase = base === undefined || (isAbsolute(base) && !below) ? '' : `${pathOf(base).replace(/\/$/, '')}/`
  return repositoryPath(inBase + decoded(uri), origin)
}

function withIndex({ artifacts = [] }: SarifRun, location: ArtifactLocation): ArtifactLocation {
  if (location.uri !== undefined || location.index === undefined || location.index < 0) return location
  const artifact = artifacts[location.index]
  if (!artifact) throw new Contradiction(`expected one of ${artifacts.length} artifacts, found index ${location.index}`)
  return artifact.location ?? {}
}

/** The whole address that a base stands for; bases may stand on bases. */
function baseOf({ originalUriBaseIds = {} }: SarifRun, id: string | undefined): string | undefined {
  let address: string | undefined
  let next = id
  for (let steps = 0; next !== undefined && Object.hasOwn(originalUriBaseIds, next); steps++) {
    if (steps === mostBases)
      throw new Contradiction(`expected at most ${mostBases} bases on top of each other, found more`)
    const base: { uri?: string | undefined; uriBaseId?: string | undefined } = originalUriBaseIds[next] ?? {}
    address = (base.uri ?? '') + (address ?? '')
    next = base.uriBaseId
  }
  return address === '' ? undefined : address
}

function isAbsolute(address: string): boolean {
  return address.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(address)
}

function pathOf(address: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1]?.toLowerCase()
  if (scheme === undefined) return decoded(address)
  const path = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(address)?.[1]
  if (path === undefined) throw new Contradiction(`expected a file, found ${oneLine(address, 200)}`)
  return decoded(path)
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    throw new Contradiction(`expected an address in UTF-8, found ${oneLine(address, 200)}`)
  }
}
