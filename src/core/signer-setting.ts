/** Who signs: keys in the home folder, a program that asks a key management system, or certificates for an identity as a file describes it. */
export type SignerSetting =
  | { use: 'local'; passphrase: { file: string } | { text: string } | null }
  | { use: 'command'; program: string }
  | { use: 'keyless'; file: string }
