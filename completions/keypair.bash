# shellcheck shell=bash
# Completion of keypair for bash 3.2 and later: keypair completion bash
# It asks the program at every TAB. To see an answer: keypair __complete bash line= create

_keypair() {
  local IFS=$' \t\n' kind='' offer answer
  COMPREPLY=()
  answer=$(COMP_WORDBREAKS=$COMP_WORDBREAKS command keypair __complete bash \
    "line=${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null </dev/null) || return 0
  while read -r offer; do
    if [[ -z $kind ]]; then kind=$offer; else COMPREPLY+=("$offer"); fi
  done <<<"$answer"
  case $kind in
    directories) compopt -o dirnames +o default 2>/dev/null || return 0 ;;
    words) [[ ${#COMPREPLY[@]} -gt 0 ]] || compopt +o default 2>/dev/null || return 0 ;;
  esac
  return 0
}

complete -o default -F _keypair keypair
