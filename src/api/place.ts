import { z } from 'zod'
import { slug } from '../core/names.ts'

/** The keys that name a project. */
export const inProject = { project: slug }

/** The keys that name one environment of a project. */
export const inEnvironment = { project: slug, environment: slug }

/** A release by digest, by at least eight digits of it, or by version. */
export const releaseName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}$/, 'expected a digest, eight or more digits of one, or a version')
