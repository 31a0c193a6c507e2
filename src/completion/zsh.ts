import { translated } from '../i18n/t.ts';
import {
  allRegions,
  type CommandNode,
  type FlagNode,
  type Tree,
  type Value,
  withDescendants,
} from './tree.ts';

/**
 * The completion script for zsh 5: a file `_keypair` on `fpath`, or text to evaluate after `compinit`.
 *
 * Each command is a function over `_arguments`, which knows `--flag value`, `--flag=value` and `-fvalue`.
 */
export function zshScript(tree: Tree): string {
  return `#compdef keypair
# Completion of keypair for zsh: keypair completion zsh

_keypair_providers() {
  local -a offers=(
${tree.providers.flatMap(({ names, title }) => names.map((name) => `    ${described(name, title)}\n`)).join('')}  )
  compset -P '*,' || [[ $keypair_all != *providers* ]] || offers+=('all:each of them')
  _describe -t providers provider offers
}

# What the program knows of this machine of kind $1, in offers: nothing where it cannot be asked.
_keypair_ask() {
  offers=(\${(f)"$(command keypair __complete zsh "$1=$PREFIX" "\${(@Q)keypair_line[2,-3]}" 2>/dev/null </dev/null)"})
}

_keypair_pairs() {
  local -a offers
  _keypair_ask pairs
  _describe -t pairs 'key pair' offers
}

_keypair_pairs-or-files() {
  _keypair_pairs || _files
}

_keypair_instances() {
  local -a offers
  _keypair_ask instances
  _describe -t instances instance offers
}

_keypair_profiles() {
  local -a offers
  _keypair_ask profiles
  _describe -t profiles profile offers
}

_keypair_settings() {
  local -a offers
  _keypair_ask settings
  _describe -t values value offers
}

# Those of the providers on the line, or as the program is set to, or all.
_keypair_regions() {
  local -a offers
  local provider id
  integer i
  for ((i = 2; i < $#keypair_line; i++)); do
    case $keypair_line[i] in
      -p|--provider) provider=$keypair_line[i+1] ;;
      --provider=*) provider=\${keypair_line[i]#*=} ;;
      -p*) provider=\${keypair_line[i]#-p} ;;
    esac
  done
  if [[ -z $provider ]]; then
    _keypair_ask provider
    provider=\${(j:,:)offers}
    offers=()
  fi
  for id in \${(s:,:)provider}; do
    case $id in
${tree.providers.map(({ names, regions }) => `      ${names.join('|')}) offers+=(${regions.join(' ')}) ;;\n`).join('')}    esac
  done
  (($#offers)) || offers=(${allRegions(tree).join(' ')})
  compset -P '*,' || [[ $keypair_all != *regions* ]] || offers+=('all:each of them')
  _describe -t regions region offers
}

${withDescendants(tree.program).map(commandFunction).join('\n')}
_keypair() {
  # _arguments cuts the line at each command: what stands before it is still wanted.
  local -a keypair_line=("\${(@)words[1,CURRENT]}" '')
  local -a keypair_globals=(
${tree.globals
  .flatMap(flagSpecs)
  .map((spec) => `    ${spec}\n`)
  .join('')}  )
  _keypair_command
}

if [[ $funcstack[1] == _keypair ]]; then
  _keypair "$@"
else
  compdef _keypair keypair
fi
`;
}

function commandFunction(command: CommandNode): string {
  const { commands } = command;
  const specs = command.flags.flatMap(flagSpecs);
  if (commands.length === 0) {
    return `${functionName(command)}() {
${allLine(command)}  _arguments -S -s : $keypair_globals ${[...specs, ...argumentSpecs(command)].map((spec) => `\\\n    ${spec}`).join(' ')}
}
`;
  }
  return `${functionName(command)}() {
${allLine(command)}  local curcontext=$curcontext state line ret=1
  typeset -A opt_args
  local -a offers=(
${commands.map(({ name, summary }) => `    ${described(name, summary)}\n`).join('')}  )
  # -A: what follows the command is the command's, the values of its flags as well.
  _arguments -S -s -A '-*' -C : $keypair_globals ${specs.map((spec) => `\\\n    ${spec} `).join('')}\\
    '1: :->name' '*:: :->below' && ret=0
  case $state in
    name) _describe -t commands command offers && ret=0 ;;
    below)
      case $words[1] in
${commands.map((below) => `        ${below.name}) ${functionName(below)} && ret=0 ;;\n`).join('')}      esac ;;
  esac
  return ret
}
`;
}

/** What may be all, for the functions that this one calls. */
function allLine({ all }: CommandNode): string {
  return `  local keypair_all='${all.join(' ')}'\n`;
}

function argumentSpecs({ argument, rest }: CommandNode): readonly string[] {
  const spec = (place: string, value: Value | null): string =>
    quoted(value === null ? `${place}: :()` : `${place}:${heading(value)}:${action(value)}`);
  return argument === null ? [spec('*', null)] : [spec('1', argument), spec('*', rest)];
}

function functionName({ path }: CommandNode): string {
  return ['_keypair_command', ...path.split('/').filter((word) => word !== '')].join('_');
}

/** One for each name: `'(-r --region)--region=[region of the provider]:regions:_keypair_regions'`. */
function flagSpecs({ names, summary, value, many }: FlagNode): readonly string[] {
  const last = names.includes('--help') || names.includes('--version');
  const before = many ? '*' : `(${last ? '- *' : names.join(' ')})`;
  return names.map((name) => {
    if (value === null) return quoted(`${before}${name}[${escaped(translated(summary))}]`);
    const joint = name.startsWith('--') ? '=' : '+';
    return quoted(
      `${before}${name}${joint}[${escaped(translated(summary))}]:${heading(value)}:${action(value)}`,
    );
  });
}

/** What zsh writes above the offers, where it is set to. */
function heading({ kind }: Value): string {
  return kind === 'words' ? 'values' : kind;
}

function action(value: Value): string {
  switch (value.kind) {
    case 'files':
      return '_files';
    case 'directories':
      return '_path_files -/';
    case 'providers':
    case 'regions':
    case 'pairs':
    case 'pairs-or-files':
    case 'instances':
    case 'profiles':
    case 'settings':
      return `_keypair_${value.kind}`;
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'text':
      return ' ';
  }
}

/** An item of `_describe`: `'create:make a key pair'`. */
function described(name: string, summary: string): string {
  return quoted(`${name}:${escaped(translated(summary))}`);
}

/** Text in a description, which ends at a colon or a bracket. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
