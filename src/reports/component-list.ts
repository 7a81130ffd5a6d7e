import { oneLine } from '../core/one-line.ts'
import type { Component } from '../core/report.ts'
import { Contradiction } from './untrusted.ts'

const limit = 20_000
const keptCharacters = 300
const keptLicenses = 50

/** Components in bounded, printable form. More than 20 000, or than 50 licences of one, are refused: a gate judges by all of them, so none may be left out. */
export function componentList(components: Component[]): Component[] {
  if (components.length > limit) {
    throw new Contradiction(`expected at most ${limit} components, found ${components.length}`)
  }
  return components.map(({ name, version, purl, licenses }) => {
    if (licenses.length > keptLicenses) {
      throw new Contradiction(`expected at most ${keptLicenses} licences of ${name}, found ${licenses.length}`)
    }
    return {
      name: oneLine(name, keptCharacters),
      version: oneLine(version, keptCharacters),
      purl: purl === null ? null : oneLine(purl, keptCharacters * 2),
      licenses: licenses.map((license) => oneLine(license, keptCharacters)),
    }
  })
}
