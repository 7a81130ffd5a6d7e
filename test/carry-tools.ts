import { execFileSync } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import { binFolder, carriedTools, toolsFolder } from './carried-tools.ts'
import { isInstalled } from './is-installed.ts'

/*
 * Run as `node test/carry-tools.ts prometheus …` before tests that need those commands: fetches the Debian packages of what is missing
 * and unpacks them below the user's cache, with all they need. Nothing is installed, so nothing starts a service, and no right is needed.
 */

const missing = process.argv.slice(2).filter((command) => !isInstalled(command, [binFolder]))
if (missing.length > 0) carry(missing)

function carry(commands: string[]): void {
  const packages = [...new Set(commands.map((command) => carriedTools[command]?.package ?? command))].toSorted()
  console.error(`fetching ${commands.join(', ')} into ${toolsFolder} …`)
  mkdirSync(toolsFolder, { recursive: true })
  const folder = mkdtempSync(join(toolsFolder, 'fetching-'))
  try {
    fetch(folder, packages)
    for (const file of globSync('cache/archives/*.deb', { cwd: folder }))
      run('dpkg', ['-x', join(folder, file), join(folder, 'root')])
    const kept = join(toolsFolder, `${packages.join('-')}-${arch()}`)
    rmSync(kept, { recursive: true, force: true })
    renameSync(join(folder, 'root'), kept)
    for (const command of commands) start(command, kept)
  } catch (error) {
    console.error(`These are needed and could not be fetched: ${(error as Error).message}
On Debian or Ubuntu, run this and try again:

  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}
`)
    process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** With lists and a cache of its own, apt needs no right to anything. */
function fetch(folder: string, packages: string[]): void {
  for (const path of ['lists/partial', 'cache/archives/partial', 'root'])
    mkdirSync(join(folder, path), { recursive: true })
  const options = ['-qq', `-oDir::State::Lists=${folder}/lists`, `-oDir::Cache=${folder}/cache`, '-oDebug::NoLocking=1']
  const asRoot = process.getuid?.() === 0 ? ['-oAPT::Sandbox::User=root'] : []
  run('apt-get', [...options, ...asRoot, 'update'])
  const only = ['install', '-y', '--no-install-recommends', '--reinstall', '--download-only']
  run('apt-get', [...options, ...asRoot, ...only, ...packages])
}

/** A script in its place, as its libraries may have come along too. */
function start(command: string, root: string): void {
  const tool = carriedTools[command]
  if (!tool) throw new Error(`expected one of ${Object.keys(carriedTools).join(', ')}, found ${command}`)
  const [file] = globSync(tool.path, { cwd: root })
  if (file === undefined) throw new Error(`expected ${tool.path} in the package ${tool.package}, found no such file`)
  const script = join(binFolder, command)
  mkdirSync(binFolder, { recursive: true })
  writeFileSync(script, `#!/bin/sh\n${(tool.script ?? withLibraries(root))(join(root, file))}`)
  chmodSync(script, 0o755)
}

function withLibraries(root: string) {
  const libraries = [...new Set(globSync('usr/lib/**/*.so*', { cwd: root }).map((file) => join(root, dirname(file))))]
  const search = libraries.length > 0 ? `LD_LIBRARY_PATH='${libraries.join(':')}' ` : ''
  return (file: string) => `${search}exec '${file}' "$@"\n`
}

function run(command: string, args: string[]): void {
  execFileSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
