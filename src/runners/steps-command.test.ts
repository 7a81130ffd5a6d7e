import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { jobFields } from './job-fields.ts'
import { stepsCommand } from './steps-command.ts'

test.each(['ls /proc/self/fd', 'ls /proc/self/fd; :'])(
  'A21 what the server was started with is closed to the step %s',
  async (run) => {
    await using inherited = await open('/proc/self/status')
    const [program = '', ...args] = stepsCommand
    const job = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe', inherited.fd, inherited.fd] })
    const fields = job.stdio[3] as Writable
    fields.end(jobFields({ token: 'T', variables: {}, steps: [{ run, 'allow-failure': false }] }))
    // 3 is the folder that `ls` reads.
    expect(await text(job.stdout!)).toBe('\0T 0\0'.concat('0\n1\n2\n3\n', '\0T 0\0'))
  },
)
