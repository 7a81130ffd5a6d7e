/** Package URL types of the ecosystems that OSV names (ossf.github.io/osv-schema, "Defined ecosystems"). */
const types: Record<string, string> = {
  npm: 'npm',
  PyPI: 'pypi',
  Go: 'golang',
  Maven: 'maven',
  'crates.io': 'cargo',
  RubyGems: 'gem',
  NuGet: 'nuget',
  Packagist: 'composer',
  Pub: 'pub',
  Hex: 'hex',
  Debian: 'deb/debian',
  Ubuntu: 'deb/ubuntu',
  Alpine: 'apk/alpine',
}

/** The package URL of a package that is named by its ecosystem. */
export function purlOf({ ecosystem, name, version }: { ecosystem: string; name: string; version: string }): string {
  const plain = ecosystem.split(':')[0] ?? ''
  const type = Object.hasOwn(types, plain) ? types[plain]! : `generic/${encodeURIComponent(plain)}`
  const path = (type === 'maven' ? name.replace(':', '/') : name).split('/').map(encodeURIComponent).join('/')
  return `pkg:${type}/${path}${version === '' ? '' : `@${encodeURIComponent(version)}`}`
}

/** What a package URL says without its version and qualifiers: the same package in every release. */
export function packageIn(purl: string): string {
  return purl.replace(/[?#].*$/, '').replace(/@[^@/]*$/, '')
}
