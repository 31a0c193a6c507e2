import {
  allRegions,
  type CommandNode,
  type FlagNode,
  type Tree,
  type Value,
  withDescendants,
} from './tree.ts';

/** The completion script for fish 3 and later. */
export function fishScript(tree: Tree): string {
  const commands = withDescendants(tree.program);
  return `# Completion of keypair for fish: keypair completion fish

# The words before the cursor: prints the command's path, then the provider.
function __keypair_line
    set -l path
    set -l provider
    set -l takes
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test -n "$takes"
            test $takes = providers; and set provider $word
            set takes
            continue
        end
        switch $word
            case '--provider=*'
                set provider (string replace -- --provider= '' $word)
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
        end
    end
    echo "$path"
    echo "$provider"
end

function __keypair_at
    set -l line (__keypair_line)
    test "$line[1]" = "$argv[1]"
end

function __keypair_regions
    set -l line (__keypair_line)
    switch "$line[2]"
${tree.providers.map(({ names, regions }) => `        case ${names.join(' ')}\n            string join \\n ${regions.join(' ')}\n`).join('')}        case '*'
            string join \\n ${allRegions(tree).join(' ')}
    end
end

function __keypair_providers
    printf '%s\\t%s\\n' ${tree.providers.flatMap(({ names, title }) => names.map((name) => `${name} ${quoted(title)}`)).join(' ')}
end

complete -c keypair -f
${tree.globals.map((flag) => flagLine('', flag)).join('')}${commands.map(commandLines).join('')}`;
}

function commandLines({ path, flags, argument, commands }: CommandNode): string {
  const here = `-n ${quoted(`__keypair_at ${path === '' ? "''" : path}`)} `;
  return [
    ...commands.map(({ name, summary }) => `complete -c keypair ${here}-a ${name} -d ${quoted(summary)}\n`),
    ...flags.map((flag) => flagLine(here, flag)),
    ...(argument === null ? [] : [`complete -c keypair ${here}${offers(argument)}\n`]),
  ].join('');
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
  return `complete -c keypair ${here}${spelled.join(' ')} ${takes.trim()}${takes === '' ? '' : ' '}-d ${quoted(summary)}\n`;
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
    case 'words':
      return `-a ${quoted(value.words.join(' '))}`;
    case 'text':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
