import {
  allRegions,
  type AllOf,
  type CommandNode,
  type FlagNode,
  pathsOfAll,
  type Tree,
  type Value,
  withDescendants,
} from './tree.ts';

/**
 * The completion script for bash 3.2 and later, with or without the bash-completion package.
 *
 * Files are left to readline, which quotes them and knows directories: that is what `-o default` and an empty answer
 * mean. Bash 4 turns it off where no file belongs; 3.2 has no way to (`compopt` came with 4.0).
 */
export function bashScript(tree: Tree): string {
  const commands = withDescendants(tree.program);
  return `# shellcheck shell=bash
# Completion of keypair for bash 3.2 and later: keypair completion bash

# What stands after flag $2 of command $1, in takes: nothing after a switch.
_keypair_flag() {
  case "$1:$2" in
${tree.globals.map((flag) => takesBranch('*', flag)).join('')}${commands
    .flatMap(({ path, flags }) => flags.map((flag) => takesBranch(path, flag)))
    .join('')}    *) takes='' ;;
  esac
}

# What belongs to command $1, in flags and takes; false if there is no such command.
_keypair_command() {
  flags='${names(tree.globals)}' rest=''
  case "$1" in
${commands.map(commandBranch).join('')}    *) return 1 ;;
  esac
}

# The regions of the providers $1, a comma list, or all, in words.
_keypair_regions() {
  local id
  words=''
  for id in \${1//,/ }; do
    case $id in
${tree.providers.map((provider) => `      ${provider.names.join(' | ')}) words+=' ${provider.regions.join(' ')}' ;;\n`).join('')}    esac
  done
  [[ -n $words ]] || words='${allRegions(tree).join(' ')}'
}

# What the program knows of this machine of kind $1, in words: nothing where it cannot be asked.
_keypair_ask() {
  words=$(command keypair __complete bash "$1=$current" "\${line[@]:1:count-2}" 2>/dev/null </dev/null) || words=''
}

_keypair() {
  local IFS=$' \\t\\n'
  local -a line
  local count=0 i word joint glued='' ended='' path='' given=0 provider='' takes='' rest='' flags='' words=''
  local before='' colon='' current
  COMPREPLY=()

  # Bash 4 takes --flag=value and a:b for three words each; 3.2 does not.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    case $word in
      '' | *[!=:]*) joint='' ;;
      *) joint=1 ;;
    esac
    if [[ $count -gt 1 && -n $joint$glued ]]; then
      line[count - 1]=\${line[count - 1]}$word
    else
      line[count]=$word
      count=$((count + 1))
    fi
    glued=$joint
  done
  current=\${line[count - 1]}

  for ((i = 1; i < count - 1; i++)); do
    word=\${line[i]}
    if [[ -n $takes ]]; then
      [[ $takes == providers ]] && provider=$word
      takes=''
    elif [[ -z $ended ]]; then
      case $word in
        --) ended=1 ;;
        --provider=*) provider=\${word#*=} ;;
        -p?*) provider=\${word#-p} ;;
        -*) [[ $word == *=* ]] || _keypair_flag "$path" "$word" ;;
        *) if _keypair_command "\${path:+$path/}$word"; then
            path=\${path:+$path/}$word
          else
            given=1
          fi
          takes='' ;;
      esac
    else
      given=1
    fi
  done

  if [[ -z $takes && -z $ended && $current == --*=* ]]; then
    _keypair_flag "$path" "\${current%%=*}"
    [[ $COMP_WORDBREAKS == *=* ]] || before=\${current%%=*}=
    current=\${current#*=}
  elif [[ -z $takes ]]; then
    _keypair_command "$path"
    [[ $given -eq 0 ]] || takes=$rest
    [[ -z $ended && $current == -* ]] && takes="words $flags"
  fi

  case $takes in
    files) return 0 ;;
    directories) compopt -o dirnames +o default 2>/dev/null || return 0 ;;
    providers) words='${tree.providers.flatMap((provider) => provider.names).join(' ')}' ;;
    regions)
      if [[ -z $provider ]]; then
        _keypair_ask provider
        provider=$words
      fi
      _keypair_regions "$provider" ;;
    words\\ *) words=\${takes#words } ;;
    pairs* | instances | profiles | settings) _keypair_ask "\${takes%%-*}" ;;
  esac
  # Of a list, the last part; "all" is no part of one.
  case $takes:$current in
    providers:*,* | regions:*,*)
      before+=\${current%,*},
      current=\${current##*,} ;;
    *) case $takes:$path in
        ${[...allCases(tree, 'providers'), ...allCases(tree, 'regions')].join(' | ')}) words+=' all' ;;
      esac ;;
  esac
  # Readline replaces what follows the last of its word breaks.
  if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then
    before=''
    colon=\${current%:*}:
  fi
  for word in $words; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$before\${word#"$colon"}")
  done
  if [[ \${#COMPREPLY[@]} -eq 0 && $takes != directories && $takes != *-or-files ]]; then
    compopt +o default 2>/dev/null || return 0
  fi
  return 0
}

complete -o default -F _keypair keypair
`;
}

function allCases(tree: Tree, what: AllOf): readonly string[] {
  return pathsOfAll(tree, what).map((path) => `${what}:${path}`);
}

function takesBranch(path: string, { names: all, value }: FlagNode): string {
  if (value === null) return '';
  return `    ${all.map((name) => `${path}:${name}`).join(' | ')}) takes='${taken(value)}' ;;\n`;
}

function commandBranch({ path, flags, argument, rest, commands }: CommandNode): string {
  const offered = commands.map(({ name }) => name).join(' ');
  const takes = commands.length > 0 ? `words ${offered}` : argument === null ? '' : taken(argument);
  const own = flags.length === 0 ? '' : ` flags+=' ${names(flags)}'`;
  return `    ${path === '' ? "''" : path}) takes='${takes}'${rest === null ? '' : ` rest='${taken(rest)}'`}${own} ;;\n`;
}

function taken(value: Value): string {
  return value.kind === 'words' ? `words ${value.words.join(' ')}` : value.kind;
}

function names(flags: readonly FlagNode[]): string {
  return flags.flatMap((flag) => flag.names).join(' ');
}
