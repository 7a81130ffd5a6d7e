import { lockflight } from '../core/actor.ts'
import type { Attachment } from '../core/attachment.ts'
import type { Attestation } from '../core/attestation.ts'
import type { Configuration } from '../core/configuration.ts'
import { canonical, type Digest } from '../core/digest.ts'
import { after } from '../core/duration.ts'
import { readImage } from '../core/image.ts'
import type { Job } from '../core/job.ts'
import { oneLine } from '../core/one-line.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import type { AtWork } from './deployment-at-work.ts'
import { registryAccess, registrySettings } from './registry-access.ts'

/** Writes down, with the success that a summary tells of, beside which images it is to be put: those whose registry the configuration wants it in. */
export async function wantAttached(
  tx: Transaction,
  { promotion, release }: AtWork,
  { summary, registries = {} }: { summary: Attestation } & Pick<Configuration, 'registries'>,
): Promise<void> {
  const { project, id } = promotion
  for (const { image: place, digest } of release.artifacts) {
    if (place === undefined) continue
    const image = `${place}@${digest}`
    const { registry } = readImage(image)
    if (!Object.hasOwn(registries, registry) || !registries[registry]?.attach) continue
    const about = { project, release: release.digest, promotion: id, image, summary: summary.digest }
    await tx.attachments.add({ ...about, wantedAt: tx.now })
    await tx.enqueue({ verb: 'attach-summaries', project, image })
  }
}

/** What a registry would not take for so long is given up. */
const patienceSeconds = 7 * 86_400
const [soonestSeconds, latestSeconds] = [30, 3600]

/** Puts every summary that waits for it beside one image. What the registry does not take now is tried again later, ever more slowly. */
export async function attachSummaries(app: App, job: Extract<Job, { verb: 'attach-summaries' }>): Promise<void> {
  const { project, image } = job
  const waiting = await app.store.read((tx) => tx.attachments.waiting(project, image))
  for (const attachment of waiting) await settle(app, attachment, await attempt(app, attachment))
}

type Outcome = { referrer: Digest } | { problem: string; isFinal: boolean }

async function attempt(app: App, { project, image: text, release, summary }: Attachment): Promise<Outcome> {
  const image = readImage(text)
  const settings = await registrySettings(app, project, image.registry)
  if (!settings?.attach)
    return { problem: `lockflight.yaml asks for none in ${image.registry} any more`, isFinal: true }
  const signed = await app.store.read((tx) => tx.attestations.of(project, release))
  const found = signed.find(({ digest }) => digest === summary)
  if (!found) throw new Error(`the summary ${summary} of ${release} is gone`)
  const { bundle, predicateType, createdAt } = found
  const attached = { text: canonical(bundle), predicateType: predicateType ?? '', createdAt }
  try {
    const access = await registryAccess(app, project, image.registry)
    return { referrer: await app.registries.attach(image, attached, access) }
  } catch (error) {
    if (error instanceof Refusal) return { problem: oneLine(error.message, 500), isFinal: false }
    throw error
  }
}

async function settle(app: App, attachment: Attachment, outcome: Outcome): Promise<void> {
  const { project, image, wantedAt } = attachment
  await app.store.transaction(async (tx) => {
    const ageSeconds = (tx.now.getTime() - wantedAt.getTime()) / 1000
    const [referrer, problem] = 'referrer' in outcome ? [outcome.referrer, ''] : [null, outcome.problem]
    const isOver = 'referrer' in outcome || outcome.isFinal || ageSeconds > patienceSeconds
    const saved = await tx.attachments.save({ ...attachment, referrer, problem, endedAt: isOver ? tx.now : null })
    if (!saved) return
    if (isOver) return logEnd(tx, { ...attachment, referrer, problem })
    const delay = Math.min(latestSeconds, Math.max(soonestSeconds, ageSeconds))
    await tx.enqueue({ verb: 'attach-summaries', project, image, at: after(tx.now, delay) })
  })
}

async function logEnd(tx: Transaction, attachment: Attachment): Promise<void> {
  const { project, promotion, release, image, summary, referrer, problem } = attachment
  const { environment } = await tx.promotions.get(project, promotion)
  const about = { actor: lockflight.id, project, environment, subject: promotion }
  const data = { release, image, summary }
  if (referrer === null) await tx.log({ ...about, type: 'summary.given-up', data: { ...data, reason: problem } })
  else await tx.log({ ...about, type: 'summary.attached', data: { ...data, referrer } })
}
