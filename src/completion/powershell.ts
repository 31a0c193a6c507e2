import type { Offer } from '../commands/define.ts';
import {
  allRegions,
  type CommandNode,
  type FlagNode,
  type Tree,
  type Value,
  withDescendants,
} from './tree.ts';

const ASKED: readonly Offer[] = ['pairs', 'pairs-or-files', 'profiles', 'settings'];

/**
 * The completion script for PowerShell 5.1 and later.
 *
 * Rows of text instead of hash tables, which take `-V` and `-v` for one key. An empty answer makes PowerShell offer
 * files, which is what a file or a directory wants.
 */
export function powershellScript(tree: Tree): string {
  const commands = withDescendants(tree.program);
  const rows = [
    ...commands.flatMap(({ path, commands: below }) =>
      below.map(({ name, summary }) => [path, name, 'command', summary]),
    ),
    ...tree.globals.flatMap((flag) => flagRows('*', flag)),
    ...commands.flatMap(({ path, flags }) => flags.flatMap((flag) => flagRows(path, flag))),
    ...commands.flatMap(argumentRows),
  ];
  const providers = tree.providers.flatMap(({ names, title }) => names.map((name) => [name, title]));
  return `# Completion of keypair for PowerShell: keypair completion powershell

Register-ArgumentCompleter -Native -CommandName keypair -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # The command that a word belongs to (* for any), the word, what stands after it, what it does.
    # <first> and <rest> stand for arguments: what follows is what they are.
    $rows = @(
${lines(rows)}
    )
    $providers = @(
${lines(providers)}
    )

    $path = ''
    $provider = ''
    $takes = ''
    $place = '<first>'

    # What stands after a word: nothing after a switch, 'command' if it is a command.
    $after = {
        param($name)
        foreach ($row in $rows) {
            $at, $word, $then, $null = $row -split '\\|', 4
            if (($at -ceq '*' -or $at -ceq $path) -and $word -ceq $name) { return $then }
        }
    }

    $line = $commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text }
    foreach ($given in $line) {
        if ($takes) {
            if ($takes -ceq 'providers') { $provider = $given }
            $takes = ''
        } elseif ($given -cmatch '^--provider=(.*)$') {
            $provider = $Matches[1]
        } else {
            $takes = & $after $given
            if ($takes -ceq 'command') {
                $path = "$path/$given".TrimStart('/')
                $takes = ''
            } elseif ($given -cnotlike '-*') {
                $place = '<rest>'
            }
        }
    }

    $current = "$wordToComplete"
    $before = ''
    if (-not $takes -and $current -cmatch '^(--[^=]+)=(.*)$') {
        $before = $Matches[1] + '='
        $current = $Matches[2]
        $takes = & $after $before.TrimEnd('=')
        if (-not $takes) { return }
    }
    if (-not $takes -and $current -cnotlike '-*') { $takes = & $after $place }

    # What the program knows of this machine: nothing where it cannot be asked.
    $ask = {
        param($kind)
        try { & keypair __complete powershell "$kind=$current" @line 2>$null } catch { }
    }

    $offers = if ($takes -ceq 'providers') {
        $providers
    } elseif ($takes -ceq 'regions') {
        if (-not $provider) {
            $provider = (& $ask 'provider' | ForEach-Object { ($_ -split '\\|')[0] }) -join ','
        }
        $regions = foreach ($id in $provider.Trim("'\"") -split ',') {
            switch -Regex -CaseSensitive ($id) {
${tree.providers.map(({ names, regions }) => `                '^(${names.join('|')})$' { -split '${regions.join(' ')}' }\n`).join('')}            }
        }
        if ($regions) { $regions } else { -split '${allRegions(tree).join(' ')}' }
    } elseif (${ASKED.map((kind) => `$takes -ceq '${kind}'`).join(' -or ')}) {
        & $ask ($takes -split '-')[0]
    } elseif ($takes -clike 'words *') {
        -split $takes.Substring('words '.Length)
    } elseif (-not $takes) {
        foreach ($row in $rows) {
            $at, $word, $then, $does = $row -split '\\|', 4
            $here = ($at -ceq '*' -or $at -ceq $path) -and $word -cnotlike '<*'
            if ($here -and ($word -clike '-*') -eq ($current -clike '-*')) {
                "$word|$does"
            }
        }
    }
    foreach ($offer in $offers) {
        $text, $tip = $offer -split '\\|', 2
        if (-not $tip) { $tip = $text }
        if ($text.StartsWith($current, [StringComparison]::Ordinal)) {
            [System.Management.Automation.CompletionResult]::new("$before$text", $text, 'ParameterValue', $tip)
        }
    }
}
`;
}

function flagRows(path: string, { names, summary, value }: FlagNode): readonly (readonly string[])[] {
  return names.map((name) => [path, name, value === null ? '' : taken(value), summary]);
}

function argumentRows({ path, argument, rest }: CommandNode): readonly (readonly string[])[] {
  const row = (place: string, value: Value | null): readonly (readonly string[])[] =>
    value === null ? [] : [[path, place, taken(value), '']];
  return [...row('<first>', argument), ...row('<rest>', rest)];
}

function taken(value: Value): string {
  return value.kind === 'words' ? `words ${value.words.join(' ')}` : value.kind;
}

function lines(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `        ${quoted(cells.join('|'))}`).join('\n');
}

/** PowerShell takes the typographic quotation marks for the plain one. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201B]/g, '$&$&')}'`;
}
