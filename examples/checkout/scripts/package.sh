#!/usr/bin/env bash
# Packs what runs in production; the same sources always give the same bytes.
set -euo pipefail
target=${1:?usage: package.sh TARGET.tar.gz}
mkdir -p "$(dirname "$target")"
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --format=ustar \
  -cf - package.json src | gzip -n >"$target"
