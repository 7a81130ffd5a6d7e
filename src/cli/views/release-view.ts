import { summaryOf } from '../../core/report-summary.ts'
import type { Answer } from '../answer.ts'
import { ago, short, type Look } from '../look.ts'
import { table } from '../table.ts'
import { summaryText } from './reports-view.ts'

/** Releases as a list, newest first. */
export function releasesText({ items }: Answer<'listReleases'>, { paint, now }: Look): string {
  if (items.length === 0) return 'no releases yet; build one with: lockflight run'
  const rows = items.map(({ version, digest, source, createdAt }) => [
    paint('bold', version),
    short(digest),
    short(source.commit),
    source.branch ?? '',
    paint('dim', `${ago(createdAt, now)} ago`),
  ])
  return table([['version', 'release', 'commit', 'branch', 'built'].map((head) => paint('dim', head)), ...rows])
}

/** A release that has just come in. */
export function importedText(release: Answer<'importRelease'>, { paint, columns }: Look): string {
  const { version, digest, source, artifacts, ignored } = release
  const facts = [
    ['release', digest],
    ['from', `${source.repository} ${source.commit}${source.branch ? ` (${source.branch})` : ''}`],
    ...artifacts.map(artifactRow),
    ...ignored.map((one) => ['left out', `${one.digest}: ${one.reason}, ${one.detail}`]),
    ['next', `lockflight plan ${version}`],
  ]
  const rows = facts.map(([label = '', text = '']) => [paint('dim', label), text])
  return `${paint('bold', version)}\n${table(rows, columns)}`
}

/** A release: what is in it, where it came from, what was said and signed about it. */
export function releaseText(release: Answer<'getRelease'>, { paint, now, columns }: Look): string {
  const { version, digest, source, artifacts, attestations, attached, reports, createdAt } = release
  const { author, run, quarantine } = release
  const facts = [
    ['release', digest],
    [run ? 'built' : 'imported', `${ago(createdAt, now)} ago${run ? ` by run ${run}` : ''}`],
    ['from', `${source.repository} ${source.commit}${source.branch ? ` (${source.branch})` : ''}`],
    ...(author ? [['author', author]] : []),
    ...(quarantine
      ? [['quarantine', paint('red', `${quarantine.reason} (${quarantine.by}, ${ago(quarantine.at, now)} ago)`)]]
      : []),
    ...(release.configurationDigest ? [['config', release.configurationDigest]] : []),
    ...(release.oneWay ?? []).map(({ id, reason }) => ['one-way', `${id}: ${reason}`]),
    ...artifacts.map(artifactRow),
    ...reports.map(({ format, job, path, results, disbelief }) => {
      const says = disbelief === null ? summaryText(summaryOf(results)) : `not believed: ${disbelief}`
      return ['report', `${format} ${job === null ? '' : `${job}/`}${path} ${says}`]
    }),
    ...attached.map(({ image, endedAt, referrer, problem }) => [
      'attached',
      referrer ? `to ${image} as ${referrer}` : `not ${endedAt ? '' : 'yet '}to ${image}${problem && `: ${problem}`}`,
    ]),
    ...attestations.map(({ predicateType, digest: statement }) => [
      'signed',
      `${predicateType ?? 'the artifact itself'} ${statement}`,
    ]),
  ]
  const rows = facts.map(([label = '', text = '']) => [paint('dim', label), text])
  return `${paint('bold', version)}\n${table(rows, columns)}`
}

function artifactRow({ name, digest, sizeBytes, image }: Answer<'getRelease'>['artifacts'][number]): string[] {
  return image === undefined ? ['artifact', `${name} ${digest} (${sizeBytes} bytes)`] : ['image', `${image}@${digest}`]
}
