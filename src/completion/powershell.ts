import type { Offer } from '../cli/spec.ts';
import {
  allRegions,
  type CommandNode,
  type FlagNode,
  pathsOfAll,
  type Tree,
  type Value,
  withDescendants,
} from './tree.ts';

const ASKED: readonly Offer[] = ['pairs', 'pairs-or-files', 'instances', 'profiles', 'settings'];

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
  const all = (['providers', 'regions'] as const).flatMap((what) =>
    pathsOfAll(tree, what).map((path) => [`${what} ${path}`]),
  );
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
    # What may be all, in which command.
    $all = @(
${lines(all)}
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
        } elseif ($given -cmatch '^(?:--provider=|-p)(.+)$') {
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

    # Of a list PowerShell hands over the last part only: what stands before it is on the line.
    $typed = "$wordToComplete"
    $current = $typed
    foreach ($element in $commandAst.CommandElements) {
        $extent = $element.Extent
        if ($extent.StartOffset -lt $cursorPosition -and $extent.EndOffset -ge $cursorPosition) {
            $whole = $extent.Text.Substring(0, $cursorPosition - $extent.StartOffset)
            if ($whole.EndsWith($typed, [StringComparison]::Ordinal)) { $current = $whole }
        }
    }
    if (-not $takes -and $current -cmatch '^(--[^=]+)=(.*)$') {
        $current = $Matches[2]
        $takes = & $after $Matches[1]
        if (-not $takes) { return }
    }
    if (-not $takes -and $current -cnotlike '-*') { $takes = & $after $place }
    $listed = $false
    if ($takes -ceq 'providers' -or $takes -ceq 'regions') {
        $listed = $current -clike '*,*'
        $current = ($current -split ',')[-1].TrimStart()
    }
    # What PowerShell replaces is what it handed over, which may begin before the part that is completed.
    if (-not $typed.EndsWith($current, [StringComparison]::Ordinal)) { $current = $typed }
    $before = $typed.Substring(0, $typed.Length - $current.Length)

    # What the program knows of this machine: nothing where it cannot be asked.
    $ask = {
        param($kind)
        try { & keypair __complete powershell "$kind=$current" @line 2>$null } catch { }
    }

    $offers = @(if ($takes -ceq 'providers') {
        $providers
    } elseif ($takes -ceq 'regions') {
        if (-not $provider) {
            $provider = (& $ask 'provider' | ForEach-Object { ($_ -split '\\|')[0] }) -join ','
        }
        $regions = foreach ($id in ($provider -replace '["''\\s]', '') -split ',') {
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
    })
    if (-not $listed -and $all -ccontains "$takes $path") { $offers += 'all|each of them' }
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
