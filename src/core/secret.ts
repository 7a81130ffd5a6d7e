/** A value that jobs may ask for; nothing ever shows it again. */
export interface Secrets {
  /** Names only. */
  list(project: string): Promise<{ name: string; setAt: Date }[]>
  /** Sealed values (see `SecretBox`) of those names; refuses with `not_found` naming each that is missing. */
  sealed(project: string, names: string[]): Promise<Record<string, Uint8Array>>
  set(project: string, name: string, sealed: Uint8Array, at: Date): Promise<void>
  remove(project: string, name: string): Promise<boolean>
}

/** Encrypts with a key that is not in the database; the context (`project/name`) is authenticated too, so a sealed value works nowhere else. */
export interface SecretBox {
  seal(plain: string, context: string): Uint8Array
  /** Throws when the value was changed, moved, or sealed with another key. */
  open(sealed: Uint8Array, context: string): string
}
