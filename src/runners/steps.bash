# Runs the steps of one job, each in a subshell of its own that starts in the job's folder with the job's variables,
# so that steps share files and nothing else. The job comes as fields that end in NUL, this file first:
#
#   PREPARATION TOKEN COUNT [NAME=VALUE]... { TEXT GO-ON FOLDER COUNT [NAME=VALUE]... }...
#
# Before the first step and after each one a mark (NUL, token, exit code, NUL) goes to standard output, between what
# the steps print. The programs that steps call never see the token, so nothing they print is taken for a mark. A
# step that fails, and is not allowed to, ends the job with its exit code.
#
# This file makes one command of each step; the loop of steps-command.ts then runs them, or sh where that is enough.
set -e -o pipefail
# Asked to end, the job lets its step end and begins no other.
trap 'exit 143' TERM

# Exports as many variables as the field at lf_at says, and moves lf_at behind them.
lf_export() {
  local last=$((lf_at + lf_job[lf_at]))
  while ((lf_at++ < last)); do export "${lf_job[lf_at]}"; done
}

# Makes the subshell of a step what only some need: in a folder, with variables, and ended by the first error although
# the loop would go on. The fields of the step are at $1.
lf_enter() {
  set -e
  lf_at=$(($1 + 3))
  lf_export
  [[ ! ${lf_job[$1 + 2]} ]] || cd "./${lf_job[$1 + 2]}"
}

# True for a single program with plain arguments: it can change nothing here, and needs no subshell.
lf_is_plain() {
  [[ $1 =~ ^[A-Za-z0-9_./+-]+(' '[A-Za-z0-9_./:=,@%+-]+)*$ ]] && lf_is_program "${1%% *}"
}

# True for what every shell starts in the same way, which is looked up once for each name. Each makes something else of
# a script without #!, and a relative path may lead to one only after some step.
lf_is_program() {
  if [[ ! -v lf_programs[$1] ]]; then
    local kind path start=
    { read -r kind && read -r path; } < <(type -t "$1" && type -P "$1") || path=
    [[ $kind != file || $path != /* ]] || read -r -N 2 start 2> /dev/null < "$path" || start=
    [[ $start != '#!' && $start != $'\x7fE' ]] && lf_programs[$1]= || lf_programs[$1]=yes
  fi
  [[ ${lf_programs[$1]} ]]
}

# True when no text hides a part of what follows it, as a stray parenthesis or a here-document without end would, and
# none changes how bash reads.
lf_are_whole() {
  local text
  for text; do printf '{ :;%s\n}\n(:;%s\n)\n' "$text" "$text"; done | "$BASH" -n 2> /dev/null
}

# Adds the command of the step whose fields are at $1. A text stands between the parentheses itself, not in an eval of
# its own, because bash then replaces the subshell by the last command of the step instead of starting another process.
lf_add() {
  local text=${lf_job[$1]} go_on=${lf_job[$1 + 1]} folder=${lf_job[$1 + 2]} variables=${lf_job[$1 + 3]}
  local mode=-e before= enter=
  [[ ! $go_on ]] || mode=+e
  [[ $mode == "$lf_mode" ]] || before="set $mode;"
  lf_mode=$mode
  if [[ ! $folder && $variables == 0 ]] && lf_is_plain "$text"; then
    lf_commands+=("$before$text 2>&1")
    return
  fi
  [[ ! $go_on$folder && $variables == 0 ]] || enter="lf_enter $1;"
  [[ $lf_whole ]] || text="eval \"\${lf_job[$1]}\""
  lf_needs_bash=yes
  lf_commands+=("$before(lf_token=;$enter$text"$'\n) 2>&1')
}

exec 3<&-
# What whoever started the server had open is nothing to a job.
for lf_at in /proc/self/fd/*; do
  lf_at=${lf_at##*/}
  ((lf_at <= 2)) || exec {lf_at}>&-
done
declare -A lf_programs=()
lf_token=${lf_job[1]} lf_at=2 lf_mode=-e lf_steps=() lf_texts=() lf_commands=(:) lf_needs_bash=
lf_export
while ((lf_at < ${#lf_job[@]})); do
  lf_steps+=("$lf_at")
  lf_texts+=("${lf_job[lf_at]}")
  lf_at=$((lf_at + 4 + lf_job[lf_at + 3]))
done
lf_are_whole "${lf_texts[@]}" && lf_whole=yes || lf_whole=
for lf_at in "${lf_steps[@]}"; do lf_add "$lf_at"; done
# What bash itself says of a killed step shows the inside of the loop; the steps keep their own error output.
exec 2> /dev/null
# Programs alone go on in sh, which on most systems is smaller than bash and starts them sooner. The braces make it read
# everything before the first step.
if [[ ! $lf_needs_bash && -x /bin/sh ]]; then
  printf -v lf_text '%s\nprintf "\\0%%s %%d\\0" "$lf_token" $?\n' "${lf_commands[@]}"
  exec /bin/sh -c '. /dev/fd/3' step 3<<< "{ exec 3<&-; trap 'exit 143' TERM; set -e; lf_token=$lf_token; $lf_text exit; }"
fi
