# Runs the steps of one job, each in a subshell of its own that starts in the job's folder with the job's variables,
# so that steps share files and nothing else. The job comes as fields that end in NUL, this file first:
#
#   PREPARATION TOKEN COUNT [NAME=VALUE]... { TEXT GO-ON FOLDER COUNT [NAME=VALUE]... }...
#
# Before the first step and after each one a mark (NUL, token, exit code, NUL) goes to standard output, between what
# the steps print. The programs that steps call never see the token, so what they print is never taken for a mark.
# A step that fails, and is not allowed to, ends the job with its exit code.
#
# This file prepares; then comes the loop of steps-command.ts, on one line so that a step's own lines count from one.
# There the text of a step stands between the parentheses, not in a second eval, because bash then replaces the
# subshell by the step's last command instead of starting another process: a third of the time of a small step.
set -e -o pipefail
# Asked to end, the job lets its step end and begins no other.
trap 'exit 143' TERM

lf_mark() { printf '\0%s %d\0' "$lf_token" "$1"; }

# Exports as many variables as the field at lf_at says.
lf_export() {
  local last=$((lf_at + lf_job[lf_at]))
  while ((lf_at < last)); do
    lf_at=$((lf_at + 1))
    export "${lf_job[lf_at]}"
  done
  lf_at=$((lf_at + 1))
}

# What only some steps need: variables, a folder, and failing at the first error although the loop would go on.
lf_prepare() {
  set -e
  local folder=${lf_job[$1]}
  lf_at=$(($1 + 1))
  lf_export
  [[ ! $folder ]] || cd "./$folder"
}

exec 3<&-
lf_token=${lf_job[1]} lf_at=2 lf_end=$'\n) 2>&1'
lf_texts=() lf_enter=() lf_before=() lf_after=()
lf_export
while ((lf_at < ${#lf_job[@]})); do
  lf_index=${#lf_texts[@]}
  lf_texts+=("${lf_job[lf_at]}")
  if [[ ${lf_job[lf_at + 1]} ]]; then
    lf_before[lf_index]='set +e'
    lf_after[lf_index]='set -e'
  fi
  lf_at=$((lf_at + 2))
  if [[ ${lf_before[lf_index]}${lf_job[lf_at]} || ${lf_job[lf_at + 1]} != 0 ]]; then
    lf_enter[lf_index]="lf_prepare $lf_at;"
  fi
  lf_at=$((lf_at + 2 + lf_job[lf_at + 1]))
done

# A text that is not whole by itself (a stray parenthesis, a here-document without end) or that changes how bash reads
# is run by an eval of its own, where bash finds its error line by line.
lf_alone() { for lf_text in "${lf_texts[@]}"; do printf '{ :;%s\n}\n(:;%s\n)\n' "$lf_text" "$lf_text"; done; }
if ! lf_alone | "$BASH" -n 2> /dev/null; then
  lf_plain=("${lf_texts[@]}")
  for lf_index in "${!lf_texts[@]}"; do lf_texts[lf_index]="eval \"\${lf_plain[$lf_index]}\""; done
fi
# What bash itself would say of a killed step shows the inside of this loop; the steps keep their own error output.
exec 2> /dev/null
lf_mark 0
