/** A project whose environments ask for what this installation has signed: provenance in the first, and its summary in the next. */
export function signedShop(builder: string): string {
  return `
project: shop
environments:
  dev:
    promote: auto
    deploy: { use: target }
    gates: [{ use: signature }, { use: provenance, builders: ['${builder}'] }]
  stg:
    after: [dev]
    deploy: { use: target }
    gates: [{ use: signature }, { use: summary, verifiers: ['${builder}'], min-level: 1 }]
`
}
