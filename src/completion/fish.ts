import { translated } from '../i18n/t.ts';
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

/** The completion script for fish 3 and later. */
export function fishScript(tree: Tree): string {
  const commands = withDescendants(tree.program);
  return `# Completion of keypair for fish: keypair completion fish

# The words before the cursor: prints the command's path, the provider, and whether the next argument is the first.
function __keypair_line
    set -l path
    set -l provider
    set -l takes
    set -l place first
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test -n "$takes"
            test $takes = providers; and set provider $word
            set takes
            continue
        end
        switch $word
            case '--provider=*' '-p?*'
                set provider (string replace -r -- '^(--provider=|-p)' '' $word)
            case '-*'
                switch "$path:$word"
${tree.globals.map((flag) => takesCase('*', flag)).join('')}${commands
    .flatMap(({ path, flags }) => flags.map((flag) => takesCase(path, flag)))
    .join('')}                end
            case '*'
                set -l below (string join -- / $path $word)
                contains -- $below ${commands
                  .filter(({ path }) => path !== '')
                  .map(({ path }) => path)
                  .join(' ')}
                and set path $below
                or set place rest
        end
    end
    echo "$path"
    echo "$provider"
    echo $place
end

# Whether this is command $argv[1], and its first argument, or one of the rest, is next.
function __keypair_at
    set -l line (__keypair_line)
    test "$line[1]" = "$argv[1]"
    and contains -- "$argv[2]" '' $line[3]
end

# What the program knows of this machine of kind $argv[1]: nothing where it cannot be asked.
function __keypair_ask
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    command -sq keypair
    and command keypair __complete fish "$argv[1]=$current" $words[2..] 2>/dev/null </dev/null
end

# Of a list, what stands before the last part.
function __keypair_list
    string match -r -- '^.*,' (string replace -r -- '^--[a-z]+=|^-[pr]' '' (commandline -ct))
end

# "all" for the commands $argv[2..], where no list is begun.
function __keypair_all
    set -l line (__keypair_line)
    test -z "$argv[1]"
    and contains -- "$line[1]" $argv[2..]
    and printf 'all\\teach of them\\n'
end

function __keypair_regions
    set -l line (__keypair_line)
    set -l ids (string split , -- $line[2])
    test -n "$line[2]"; or set ids (__keypair_ask provider | string trim)
    set -l regions
    for id in $ids
        switch $id
${tree.providers.map(({ names, regions }) => `            case ${names.join(' ')}\n                set -a regions ${regions.join(' ')}\n`).join('')}        end
    end
    set -q regions[1]; or set regions ${allRegions(tree).join(' ')}
    set -l before (__keypair_list)
    string join \\n "$before"$regions
    __keypair_all "$before" ${allPaths(tree, 'regions')}
end

function __keypair_providers
    set -l before (__keypair_list)
    printf "%s\\t%s\\n" ${tree.providers.flatMap(({ names, title }) => names.map((name) => `"$before"${name} ${quoted(title)}`)).join(' ')}
    __keypair_all "$before" ${allPaths(tree, 'providers')}
end

complete -c keypair -f
${tree.globals.map((flag) => flagLine('', flag)).join('')}${commands.map(commandLines).join('')}`;
}

function allPaths(tree: Tree, what: AllOf): string {
  return pathsOfAll(tree, what)
    .map((path) => (path === '' ? "''" : path))
    .join(' ');
}

function commandLines({ path, flags, argument, rest, commands }: CommandNode): string {
  const at = (place = ''): string => `-n ${quoted(`__keypair_at ${path === '' ? "''" : path}${place}`)} `;
  const here = at();
  return [
    ...commands.map(
      ({ name, summary }) => `complete -c keypair ${here}-a ${name} -d ${quoted(translated(summary))}\n`,
    ),
    ...flags.map((flag) => flagLine(here, flag)),
    ...(argument === null ? [] : [argumentLine(at(argument === rest ? '' : ' first'), argument)]),
    ...(rest === null || argument === rest ? [] : [argumentLine(at(' rest'), rest)]),
  ].join('');
}

function argumentLine(here: string, value: Value): string {
  return value.kind === 'text' ? '' : `complete -c keypair ${here}${offers(value)}\n`;
}

function takesCase(path: string, { names, value }: FlagNode): string {
  if (value === null) return '';
  const patterns = names.map((name) => quoted(`${path}:${name}`)).join(' ');
  return `                    case ${patterns}\n                        set takes ${value.kind}\n`;
}

function flagLine(here: string, { names, summary, value }: FlagNode): string {
  const spelled = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const takes = value === null ? '' : `${value.kind === 'files' ? '-r' : '-x'} ${offers(value)}`;
  return `complete -c keypair ${here}${spelled.join(' ')} ${takes.trim()}${takes === '' ? '' : ' '}-d ${quoted(translated(summary))}\n`;
}

function offers(value: Value): string {
  switch (value.kind) {
    case 'files':
      return '-F';
    case 'directories':
      return "-a '(__fish_complete_directories)'";
    case 'providers':
    case 'regions':
      return `-a '(__keypair_${value.kind})'`;
    case 'pairs':
    case 'instances':
    case 'profiles':
    case 'settings':
      return `-a '(__keypair_ask ${value.kind})'`;
    case 'pairs-or-files':
      return "-F -a '(__keypair_ask pairs)'";
    case 'words':
      return `-a ${quoted(value.words.join(' '))}`;
    case 'text':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
