import { z } from 'zod'
import { oneLine } from '../core/one-line.ts'
import type { Component, ReportReader } from '../core/report.ts'
import { componentList } from './component-list.ts'
import { listOf, readJson } from './json.ts'
import { Contradiction } from './untrusted.ts'

/** The specification has letters, digits, dots and dashes only; npm puts names and versions there as they are. */
const spdxId = z.string().regex(/^SPDXRef-[^\s\p{C}]+$/u, 'expected an id such as SPDXRef-Package-1')

const described = z.object({
  SPDXID: spdxId,
  name: z.string().min(1),
  downloadLocation: z.string().min(1),
  versionInfo: z.string().optional(),
  licenseDeclared: z.string().optional(),
  licenseConcluded: z.string().optional(),
  externalRefs: listOf(
    z.object({ referenceCategory: z.string(), referenceType: z.string(), referenceLocator: z.string().min(1) }),
  ).optional(),
})
type Described = z.infer<typeof described>

const shape = z.object({
  spdxVersion: z.literal('SPDX-2.3'),
  dataLicense: z.literal('CC0-1.0'),
  SPDXID: z.literal('SPDXRef-DOCUMENT'),
  name: z.string(),
  documentNamespace: z.url(),
  creationInfo: z.object({ created: z.iso.datetime(), creators: listOf(z.string().min(1), { atLeast: 1 }) }),
  packages: listOf(described),
  documentDescribes: listOf(spdxId).optional(),
  relationships: listOf(
    z.object({ spdxElementId: z.string(), relationshipType: z.string(), relatedSpdxElement: z.string() }),
  ).optional(),
})

/** SPDX 2.3 in JSON (spdx.github.io/spdx-spec/v2.3): its packages, without those that the document is about. */
export const spdx: ReportReader = {
  recognizes: (top) => 'json' in top && 'spdxVersion' in top.json,
  read: (bytes) =>
    readJson(bytes, { kind: 'SPDX', shape }, ({ packages, documentDescribes, relationships }) => {
      const ids = new Set<string>()
      for (const { SPDXID } of packages) {
        if (ids.has(SPDXID)) throw new Contradiction(`packages: ${oneLine(SPDXID, 100)} is there twice`)
        ids.add(SPDXID)
      }
      const subjects = new Set([
        ...(documentDescribes ?? []),
        ...(relationships ?? []).flatMap(({ spdxElementId, relationshipType, relatedSpdxElement }) =>
          spdxElementId === 'SPDXRef-DOCUMENT' && relationshipType === 'DESCRIBES' ? [relatedSpdxElement] : [],
        ),
      ])
      const parts = packages.filter(({ SPDXID }) => !subjects.has(SPDXID))
      // Some tools describe every package by itself: then they are the parts.
      return { components: componentList((parts.length > 0 ? parts : packages).map(componentOf)) }
    }),
}

function componentOf({ name, versionInfo, licenseDeclared, licenseConcluded, externalRefs }: Described): Component {
  const purl = externalRefs?.find(({ referenceType }) => referenceType === 'purl')?.referenceLocator
  const license = [licenseDeclared, licenseConcluded].find((each) => each !== undefined && each !== 'NOASSERTION')
  return {
    name,
    version: versionInfo ?? '',
    purl: purl ?? null,
    licenses: license === undefined || license === 'NONE' ? [] : [license],
  }
}
