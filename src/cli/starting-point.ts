/** What a repository tells about itself without running anything. */
export interface Repository {
  /** The name of its folder. */
  folder: string
  /** The names in its root. */
  files: string[]
  /** The parsed package.json, when there is one. */
  packageJson?: { name?: unknown; scripts?: Record<string, string> } | undefined
  /** The text of the Makefile, when there is one. */
  makefile?: string | undefined
}

/** A guess at how to build, test, pack and start it; every list is lines of bash. */
export interface StartingPoint {
  project: string
  /** What the guess is based on, for the comment at the top. */
  because: string
  build: string[]
  test: string[]
  /** Where the tests leave a JUnit report, when they can. */
  report: string | null
  /** The program that starts a service, when it is one. */
  start: string[] | null
}

/** The best guess for a repository; anything it does not recognize gets lines to fill in. */
export function startingPoint(repository: Repository): StartingPoint {
  const { files, makefile } = repository
  const project = projectName(repository)
  const guess = guesses.find(({ marks }) => marks.some((mark) => files.includes(mark)))
  if (guess) return { project, because: guess.because, ...guess.guess(repository) }
  if (makefile !== undefined) return { project, because: 'Makefile', ...fromMake(makefile) }
  return {
    project,
    because: 'the names of its files, which it does not recognize',
    build: unknown('build'),
    test: unknown('test'),
    report: null,
    start: null,
  }
}

type Guess = Omit<StartingPoint, 'project' | 'because'>

const guesses: { marks: string[]; because: string; guess: (repository: Repository) => Guess }[] = [
  { marks: ['package.json'], because: 'package.json', guess: fromNode },
  {
    marks: ['go.mod'],
    because: 'go.mod',
    guess: () => ({
      build: ['go build -o bin/ ./...'],
      test: ['go vet ./...', 'go test ./...'],
      report: null,
      start: null,
    }),
  },
  {
    marks: ['Cargo.toml'],
    because: 'Cargo.toml',
    guess: () => ({
      build: ['cargo build --release --locked'],
      test: ['cargo test --locked'],
      report: null,
      start: null,
    }),
  },
  {
    marks: ['pyproject.toml', 'requirements.txt', 'setup.py', 'pytest.ini'],
    because: 'a Python project',
    guess: ({ files }) => ({
      build: ['python3 -m compileall -q .'],
      test: [
        'python3 -m venv .venv',
        files.includes('requirements.txt')
          ? '.venv/bin/pip install -r requirements.txt pytest'
          : '.venv/bin/pip install . pytest',
        '.venv/bin/pytest --junit-xml=reports/unit.xml',
      ],
      report: 'reports/unit.xml',
      start: null,
    }),
  },
  {
    marks: ['pom.xml'],
    because: 'pom.xml',
    guess: () => ({ build: ['mvn -B -DskipTests package'], test: ['mvn -B test'], report: null, start: null }),
  },
]

function fromNode({ files, packageJson }: Repository): Guess {
  const scripts = packageJson?.scripts ?? {}
  const has = (name: string) => name in scripts
  const [install, run] = files.includes('pnpm-lock.yaml')
    ? ['pnpm install --frozen-lockfile', 'pnpm run']
    : files.includes('yarn.lock')
      ? ['yarn install --immutable', 'yarn run']
      : [files.includes('package-lock.json') ? 'npm ci' : 'npm install', 'npm run']
  const usesNodeTest = /^node (.*\s)?--test\b/.test(scripts['test'] ?? '')
  const nodeTest = [
    'mkdir -p reports',
    'node --test --test-reporter=spec --test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination=reports/unit.xml',
  ]
  const npmTest = has('test') ? [`${run} test`] : unknown('test')
  return {
    build: [install, ...(has('build') ? [`${run} build`] : [])],
    test: [install, ...(usesNodeTest ? nodeTest : npmTest)],
    report: usesNodeTest ? 'reports/unit.xml' : null,
    start: has('start') ? ['npm', 'start'] : null,
  }
}

function fromMake(makefile: string): Guess {
  const has = (target: string) => new RegExp(`^${target}\\s*:`, 'm').test(makefile)
  return {
    build: has('build') ? ['make build'] : ['make'],
    test: has('test') ? ['make test'] : has('check') ? ['make check'] : unknown('test'),
    report: null,
    start: null,
  }
}

function unknown(what: string): string[] {
  return [`echo "write down here how to ${what} this" && false`]
}

function projectName({ folder, packageJson }: Repository): string {
  const name = typeof packageJson?.name === 'string' ? packageJson.name.replace(/^@[^/]*\//, '') : folder
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '')
  return slug || 'project'
}
