# Becomes a service that finds each HIDDEN folder empty, but for KEPT, the folder it runs in.
#
#   enclose.bash KEPT HIDDEN... -- COMMAND [ARGUMENT]...
#
# It keeps its process id, and gets user and mount namespaces of its own in which it has no capability: it cannot undo
# this, nor look through /proc at a process outside of them.
set -euo pipefail

keep=(unshare --user --map-current-user --keep-caps --mount --)
if [[ $1 != --inside ]]; then
  # Where namespaces are not allowed the service runs as it did before there were any.
  if "${keep[@]}" true 2> /dev/null; then exec "${keep[@]}" bash "$0" --inside "$@"; fi
  while [[ $1 != -- ]]; do shift; done
  shift
  exec "$@"
fi
kept=$(readlink --canonicalize-existing "$2")
shift 2

exec {handle}< "$kept"
while [[ $1 != -- ]]; do
  place=$(readlink --canonicalize-existing "$1")
  mount --no-mtab --types tmpfs --options mode=755,size=64k,nosuid,nodev lockflight "$place"
  if [[ $kept/ == "$place"/* ]]; then
    mkdir --parents "$kept"
    mount --no-mtab --no-canonicalize --bind "/proc/self/fd/$handle" "$kept"
  fi
  mount --no-mtab --options remount,bind,ro "$place"
  shift
done
shift
exec {handle}<&-

cd "$kept"
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- "$@"
