/** What a remote repository wants before it answers over HTTP. */
export interface Credentials {
  /** Scheme, host and port that get them, and nobody else, wherever these send git on to. */
  origin: string
  username: string
  password: string
}

const answer =
  '!give() { printf "username=%s\\npassword=%s\\n" "$LOCKFLIGHT_GIT_USERNAME" "$LOCKFLIGHT_GIT_PASSWORD"; }; give'

/** The environment in which git asks us, and no helper of the user, for them: what stands in an argument can be read by everyone on the machine (A21). */
export function credentialEnvironment({ origin, username, password }: Credentials): Record<string, string> {
  const setting = `credential.${origin}.helper`
  return {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: setting,
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: setting,
    GIT_CONFIG_VALUE_1: answer,
    LOCKFLIGHT_GIT_USERNAME: username,
    LOCKFLIGHT_GIT_PASSWORD: password,
  }
}
