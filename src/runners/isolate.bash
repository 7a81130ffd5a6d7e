# Gives a job its own view of the machine, then becomes the job without any right to change that view.
# Runs as the first process of fresh user, mount, PID and IPC namespaces, with all capabilities there and none outside.
#
#   isolate.bash AREA [VISIBLE]... -- [HIDDEN]... -- COMMAND [ARGUMENT]...
#
# Afterwards: the whole file system is read-only; AREA (writable) is at /run/lockflight and its `tmp` at /tmp and
# /var/tmp; /run and /dev hold only what follows here; each HIDDEN folder is empty. VISIBLE folders below /tmp or
# /run stay readable, because PATH leads into them.
set -euo pipefail
umask 022
ulimit -c 0

area=$1
shift
visible=()
while [[ $1 != -- ]]; do visible+=("$1") && shift; done
shift
hidden=()
while [[ $1 != -- ]]; do hidden+=("$1") && shift; done
shift

bind() { mount --no-mtab --no-canonicalize --rbind "$1" "$2"; }
fresh() { mount --no-mtab --types tmpfs --options "$1" lockflight "$2"; }
# Keeps what else holds for the mount (nosuid, noexec, …): the kernel refuses to loosen those.
seal() { mount --no-mtab --options-source mtab --options remount,bind,ro "$1"; }

mounted=()
while read -r _ _ _ _ where _; do printf -v where %b "$where" && mounted+=("$where"); done < /proc/self/mountinfo

# What is about to be covered is reached through descriptors and copies.
handles=()
for folder in "${visible[@]}"; do
  handle=
  [[ -L $folder || ! -d $folder ]] || exec {handle}< "$folder"
  handles+=("${handle:-$(readlink "$folder" || true)}")
done
resolver=$(readlink --canonicalize /etc/resolv.conf || true)
nameservers=
[[ $resolver != /run/* ]] || nameservers=$(< "$resolver")

exec {handle}< "$area"
fresh mode=755,nosuid,nodev /run
mkdir /run/lockflight /run/dev
bind "/proc/self/fd/$handle" /run/lockflight
exec {handle}<&-
bind /run/lockflight/tmp /tmp
[[ ! -d /var/tmp ]] || bind /run/lockflight/tmp /var/tmp
if [[ $nameservers ]]; then
  mkdir --parents "${resolver%/*}"
  echo "$nameservers" > "$resolver"
fi
for index in "${!visible[@]}"; do
  folder=${visible[index]} handle=${handles[index]}
  case $handle in
    '') ;;
    *[!0-9]*) ln --symbolic "$handle" "$folder" ;;
    *) mkdir "$folder" && bind "/proc/self/fd/$handle" "$folder" && seal "$folder" && exec {handle}<&- ;;
  esac
done

fresh mode=755,nosuid,noexec /run/dev
for device in null zero full random urandom tty; do
  : > "/run/dev/$device"
  bind "/dev/$device" "/run/dev/$device"
done
mkdir /run/dev/pts /run/dev/shm
mount --no-mtab --types devpts --options newinstance,ptmxmode=0666,mode=620 devpts /run/dev/pts
fresh mode=1777,nosuid,nodev /run/dev/shm
ln --symbolic pts/ptmx /run/dev/ptmx
ln --symbolic /proc/self/fd /run/dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln --symbolic "/proc/self/fd/${stream%:*}" "/run/dev/${stream#*:}"; done
mount --no-mtab --move /run/dev /dev
rmdir /run/dev

for where in "${mounted[@]}"; do
  case $where/ in
    /run/* | /tmp/* | /var/tmp/* | /dev/* | /proc/*) ;;
    # What cannot be reached from here cannot be written from here.
    *) [[ ! -e $where ]] || seal "$where" ;;
  esac
done

for place in "${hidden[@]}"; do
  if [[ -d $place ]]; then
    fresh mode=555,size=4k,ro "$place"
  elif [[ -e $place ]]; then
    bind /dev/null "$place"
  fi
done

# A user namespace of its own would give a job new capabilities to try things with.
echo 0 > /proc/sys/user/max_user_namespaces
seal /proc

cd /run/lockflight/workspace
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all -- "$@"
