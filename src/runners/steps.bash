# Runs the steps of one job, each in the job's folder with the job's variables, so that steps share files and nothing
# else: in a subshell of its own, but for single programs, which can change nothing here. The job comes as fields that
# end in NUL, this file first:
#
#   PREPARATION TOKEN COUNT [NAME=VALUE]... { TEXT GO-ON FOLDER COUNT [NAME=VALUE]... }...
#
# Before the first step and after each one a mark (NUL, token, exit code, NUL) goes to standard output, between what
# the steps print. No variable, descriptor or argument shows a step the token, or the variables of another step. A step
# that fails, and is not allowed to, ends the job with its exit code.
#
# This file makes one command of each step; the loop of steps-command.ts then runs them, or dash where that is enough.
set -e -o pipefail
# Asked to end, the job lets its step end and begins no other.
trap 'exit 143' TERM

# Exports as many variables as the field at lf_at says, and moves lf_at behind them.
lf_export() {
  local last=$((lf_at + lf_job[lf_at]))
  while ((lf_at++ < last)); do export "${lf_job[lf_at]}"; done
}

# Makes the subshell of a step what only some need: in a folder, with variables, and ended by the first error although
# the loop would go on. The fields of the step are at $1; afterwards only its text is left of the job, in lf_text.
lf_enter() {
  set -e
  lf_at=$(($1 + 3)) lf_text=${lf_job[$1]}
  lf_export
  local folder=${lf_job[$1 + 2]}
  unset lf_token lf_job
  [[ ! $folder ]] || cd "./$folder" 2> /dev/null || lf_miss "$folder"
}

lf_miss() {
  echo "step: working-directory $1: expected a folder that the job can enter, found none" >&2
  exit 1
}

# True for a single program with plain arguments.
lf_is_plain() {
  [[ $1 =~ ^[A-Za-z0-9_./+-]+(' '[A-Za-z0-9_./:=,@%+-]+)*$ ]] || return
  [[ -v lf_programs[${1%% *}] ]] || lf_look_up "${1%% *}"
  [[ ${lf_programs[${1%% *}]} ]]
}

# Notes whether $1 is a program that every shell starts in the same way: the only one of its name, in a folder that no
# step can write to, and one that the kernel starts. Shells differ in what they make of a script without #!, and in
# whether they go on to the next of its name. `chdir` is one that dash has built in.
lf_look_up() {
  local found=() path start
  lf_programs[$1]=
  mapfile -t found < <(type -t "$1" && type -aP "$1")
  [[ ${found[0]} == file && ${found[1]} == /* && ${1##*/} != chdir ]] || return 0
  for path in "${found[@]:1}"; do
    [[ $path -ef ${found[1]} && ! -w $path && ! -w ${path%/*}/ ]] || return 0
  done
  IFS= read -r -n 256 start 2> /dev/null < "$path" || [[ $start ]] || return 0
  if [[ $start == '#!'* ]]; then
    read -r start _ <<< "${start#??}"
    [[ -x $start ]] || return 0
  elif [[ $start != $'\x7fELF'* ]]; then
    return 0
  fi
  lf_programs[$1]=yes
}

# True when no step can put another program in the way of those that PATH leads to.
lf_path_is_fixed() {
  local rest=$PATH: folder
  while [[ $rest ]]; do
    folder=${rest%%:*} rest=${rest#*:}
    [[ $folder == /* ]] || return
    while [[ $folder && ! -e $folder ]]; do folder=${folder%/*}; done
    [[ ! -w $folder/ ]] || return
  done
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
  local mode=-e before=
  [[ ! $go_on ]] || mode=+e
  [[ $mode == "$lf_mode" ]] || before="set $mode;"
  lf_mode=$mode
  if [[ ! $folder && $variables == 0 ]] && lf_is_plain "$text"; then
    lf_commands+=("$before$text 2>&1")
    return
  fi
  lf_needs_bash=yes
  if [[ ! $lf_whole ]]; then
    text='eval "$lf_text"'
  elif [[ ! $go_on$folder && $variables == 0 ]]; then
    lf_commands+=("$before(unset lf_token lf_job;$text"$'\n) 2>&1')
    return
  fi
  lf_needs_fields=yes
  lf_commands+=("$before(lf_enter $1;$text"$'\n) 2>&1')
}

exec 3<&-
# What whoever started the server had open is nothing to a job.
for lf_at in /proc/self/fd/*; do
  lf_at=${lf_at##*/}
  ((lf_at <= 2)) || exec {lf_at}>&-
done
declare -A lf_programs=()
lf_token=${lf_job[1]} lf_at=2 lf_mode=-e lf_steps=() lf_texts=() lf_needs_bash= lf_needs_fields=
# The loop has its own copy of them by then.
lf_commands=('unset lf_commands')
lf_export
while ((lf_at < ${#lf_job[@]})); do
  lf_steps+=("$lf_at")
  lf_texts+=("${lf_job[lf_at]}")
  lf_at=$((lf_at + 4 + lf_job[lf_at + 3]))
done
lf_are_whole "${lf_texts[@]}" && lf_whole=yes || lf_whole=
for lf_at in "${lf_steps[@]}"; do lf_add "$lf_at"; done
[[ $lf_needs_fields ]] || unset lf_job
unset lf_texts lf_steps
# Programs alone go on in dash, which starts them without making a copy of itself first, as long as all fits into one
# argument. Unlike bash it never sets `_`, and says itself of a killed program what killed it.
if [[ ! $lf_needs_bash && -x /bin/dash ]] && lf_path_is_fixed; then
  printf -v lf_text '%s\nprintf "\\0%%s %%d\\0" "$lf_token" "$?"\n' "${lf_commands[@]}"
  if ((${#lf_text} < 100000)); then
    ((++SHLVL))
    exec /bin/dash -c "read -r lf_token <&3; exec 3<&-; trap 'exit 143' TERM; set -e; $lf_text exit" step 3<<< "$lf_token"
  fi
  unset lf_text
fi
# What bash itself says of a killed step shows the inside of the loop; the steps keep their own error output.
exec 2> /dev/null
