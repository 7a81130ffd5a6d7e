import type { StartingPoint } from './starting-point.ts'

/** A commented lockflight.yaml: three environments, each stricter than the one before. */
export function starterText({ project, because, build, test, report, start }: StartingPoint): string {
  return `# How ${project} is built, and what has to hold before it goes anywhere.
# Written by \`lockflight init\` after looking at ${because}: read it once from top to bottom and correct it.
#   lockflight validate    checks this file
#   lockflight apply       makes the environments below the policy in force
#   lockflight run         builds what is checked out
project: ${project}

# The pipeline is taken from the commit that is built. Each job gets a fresh checkout and only the variables
# declared here; jobs run side by side unless one \`needs\` another.
pipeline:
  jobs:
    build:
      stage: build
      steps:
${steps(build)}

    test:
      stage: test
      steps:
${steps(test)}${report ? '\n          # The run goes on when a test fails: the `quality` gates below judge the report.\n          allow-failure: true' : ''}
${
  report
    ? `      reports:
        - use: junit
          path: ${report}`
    : `      # Let the tests write a JUnit report, and the \`quality\` gate below can judge it:
      # reports:
      #   - use: junit
      #     path: reports/unit.xml`
}

    package:
      stage: package
      needs: [build, test]
      steps:
${steps([...build, 'mkdir -p dist', 'tar --exclude=./.git --exclude=./dist -czf dist/app.tar.gz .'])}
      # What package jobs make is the release: it is signed once and never built again.
      artifacts:
        - name: app.tar.gz
          path: dist/app.tar.gz

# The environments are taken from what was applied, never from the commit: a change cannot weaken its own gates.
environments:
  dev:
    # Every new release goes here by itself.
    promote: auto
    gates:
      - use: signature
${deploy(start)}

  stg:
    after: [dev]
    promote: auto
    gates:
      - use: signature
${quality(report)}
${deploy(start)}

  prod:
    after: [stg]
    # Someone asks for it: lockflight promote <release> --to prod
    promote: manual
    gates:
      - use: signature
${quality(report)}
      # So long it must have been live in stg.
      - use: soak
        for: 10m
      # Whoever asked for the promotion does not count.
      - use: approval
        count: 1
${deploy(start)}
    # A failed deployment puts the release before back.
    on-failure: rollback
`
}

function steps(lines: string[]): string {
  return lines
    .map((line) => `        - run: ${/[:#"'&|>{}[\],*!%@`]/.test(line) ? JSON.stringify(line) : line}`)
    .join('\n')
}

function quality(report: string | null): string {
  const gate = ['- use: quality', '  tests: { at-least: 1, failed-at-most: 0 }']
  return gate.map((line) => (report ? `      ${line}` : `      # ${line}`)).join('\n')
}

function deploy(start: string[] | null): string {
  if (start) {
    return `    # A local service: it must listen on 127.0.0.1:$PORT and answer GET / with 2xx.
    deploy:
      use: process
      artifact: app.tar.gz
      run: [${start.join(', ')}]
      health: { path: / }`
  }
  return `    # Any script: everything it needs comes as environment variables, artifacts as paths of checked files.
    deploy:
      use: command
      run: echo "write down here how to deploy to $LOCKFLIGHT_ENVIRONMENT" && false`
}
