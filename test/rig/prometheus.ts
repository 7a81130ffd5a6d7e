import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Samples of one series: how long ago, in seconds, and the value. */
export interface Series {
  name: string
  labels: Record<string, string>
  samples: [ago: number, value: number | string][]
}

/** A real Prometheus on this machine that remembers these series, as if it had scraped them; gauges and counters alike. */
export async function startPrometheus(series: Series[]) {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-prometheus-'))
  const data = join(folder, 'data')
  const [metrics, settings] = [join(folder, 'metrics'), join(folder, 'prometheus.yml')]
  await writeFile(settings, '')
  await writeFile(metrics, openMetrics(series, Math.floor(Date.now() / 1000)))
  const oneBlock = ['tsdb', 'create-blocks-from', '--max-block-duration=10000h', 'openmetrics', metrics, data, '-q']
  await promisify(execFile)('promtool', oneBlock)
  const port = await freePort()
  const child = spawn(
    'prometheus',
    [
      `--config.file=${settings}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=400d',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  await ready(url, () => child.exitCode !== null)
  return {
    url,
    async stop() {
      child.kill()
      await ended
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** One sample a minute over the last hours and one an hour before that, of a counter that grows by so much a minute; `grows` gets the age in seconds. */
export function counter(
  name: string,
  labels: Record<string, string>,
  grows: (ago: number) => number,
  days = 31,
): Series {
  const ages = [
    ...Array.from({ length: (days - 1) * 24 }, (_, index) => days * 86_400 - index * 3600),
    ...Array.from({ length: 24 * 60 + 1 }, (_, index) => 86_400 - index * 60),
  ]
  let value = 0
  let before = ages[0] ?? 0
  const samples = ages.map((ago): [number, number] => {
    value += (grows(ago) * (before - ago)) / 60
    before = ago
    return [ago, value]
  })
  return { name, labels, samples }
}

function openMetrics(series: Series[], now: number): string {
  const lines = series.flatMap(({ name, labels, samples }) => {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    return samples.map(([ago, value]) => `${name}{${pairs.join(',')}} ${value} ${now - ago}`)
  })
  return [...lines, '# EOF', ''].join('\n')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

async function ready(url: string, hasEnded: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await fetch(`${url}/-/ready`).catch(() => null)
    await answer?.body?.cancel()
    if (answer?.ok) return
    if (hasEnded() || Date.now() > deadline) throw new Error('Prometheus did not start')
    await new Promise((done) => setTimeout(done, 20))
  }
}
