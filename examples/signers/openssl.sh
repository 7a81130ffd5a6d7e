#!/usr/bin/env bash
# A signer for LOCKFLIGHT_SIGNER=command:/path/to/openssl.sh, with openssl in the place of a key management system.
# docs/signing.md describes the protocol. One file per key, <folder>/<number>.pem; the highest number is the newest.
#
#   public-key     prints the public key of the newest key
#   sign KEY       reads the bytes to sign, prints the signature of the key with that name
#
# To rotate, add a file with a higher number, then run: lockflight keys rotate --reason …
set -euo pipefail
keys=${KMS_KEYS:-$(dirname "$(readlink -f "$0")")/keys}

# The name of a key: the SHA-256 of its public key in DER, in base64.
name_of() {
  openssl pkey -in "$1" -pubout -outform DER | openssl dgst -sha256 -binary | openssl base64 -A
}

case ${1:-} in
  public-key)
    openssl pkey -in "$(printf '%s\n' "$keys"/*.pem | sort --version-sort | tail -n 1)" -pubout
    ;;
  sign)
    for key in "$keys"/*.pem; do
      if [[ $(name_of "$key") == "$2" ]]; then
        # A key management system that takes a digest gets it from: openssl dgst -sha256 -binary
        openssl dgst -sha256 -sign "$key" | openssl base64 -A
        exit
      fi
    done
    echo "no key $2 here" >&2
    exit 1
    ;;
  *)
    echo "usage: ${0##*/} public-key | sign KEY" >&2
    exit 2
    ;;
esac
