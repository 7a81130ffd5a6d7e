import { Refusal } from './refusal.ts'

/** The folder of one installation and the files in it that more than one part knows. */
export interface Home {
  folder: string
  /** A `ServerRecord`, there while a server runs. */
  serverFile: string
  /** What a server that was started in the background prints. */
  serverLog: string
  /** A `Credential` for the person who runs the server here; mode 0600. */
  credentialsFile: string
  /** The newest checkpoint the server has seen of its log, as a signed note. */
  logHeadFile: string
  /** A `LogLoss`, until the server has acted on it. */
  logLossFile: string
}

/** Where the running server answers, and its process. */
export interface ServerRecord {
  url: string
  pid: number
  /** Tells it from a later process with the same number. */
  startedAt: string
}

/** A token and the server it is for. */
export interface Credential {
  url: string
  token: string
}

/** The installation's folder: what LOCKFLIGHT_HOME says, `.lockflight` in the user's own folder when it says nothing. Refuses a relative one, which would be another in every folder. */
export function homeOf(chosen: string | undefined, userFolder: string): Home {
  const folder = chosen === undefined || chosen === '' ? `${userFolder}/.lockflight` : chosen
  if (!folder.startsWith('/')) {
    throw new Refusal('invalid', `LOCKFLIGHT_HOME: expected an absolute path; found ${folder}`)
  }
  return {
    folder,
    serverFile: `${folder}/server.json`,
    serverLog: `${folder}/server.log`,
    credentialsFile: `${folder}/credentials.json`,
    logHeadFile: `${folder}/log.head`,
    logLossFile: `${folder}/log-loss.json`,
  }
}
