/** The shells with completions, as `keypair completion` names them. */
export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

/**
 * readline completes files: it quotes them and knows directories. That is why there are `-o default` and empty answers.
 * Bash 4 turns it off if no file can follow; 3.2 cannot, since `compopt` came with 4.0.
 */
const bash = `# shellcheck shell=bash
# Completion of keypair for bash 3.2 and later: keypair completion bash
# It asks the program at every TAB. To see an answer: keypair __complete bash line= create

_keypair() {
  local IFS=$' \\t\\n' kind='' offer answer
  COMPREPLY=()
  answer=$(COMP_WORDBREAKS=$COMP_WORDBREAKS command keypair __complete bash \\
    "line=\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null </dev/null) || return 0
  while read -r offer; do
    if [[ -z $kind ]]; then kind=$offer; else COMPREPLY+=("$offer"); fi
  done <<<"$answer"
  case $kind in
    directories) compopt -o dirnames +o default 2>/dev/null || return 0 ;;
    words) [[ \${#COMPREPLY[@]} -gt 0 ]] || compopt +o default 2>/dev/null || return 0 ;;
  esac
  return 0
}

complete -o default -F _keypair keypair
`;

/** A file `_keypair` on `fpath`, or text to evaluate after `compinit`. */
const zsh = `#compdef keypair
# Completion of keypair for zsh: keypair completion zsh
# It asks the program at every TAB. To see an answer: keypair __complete zsh line= create

_keypair() {
  local -a offers
  offers=("\${(@f)$(command keypair __complete zsh "line=\${(Q)PREFIX}" "\${(@Q)words[2,CURRENT-1]}" 2>/dev/null </dev/null)}")
  local kind=$offers[1]
  shift offers
  case $kind in
    words) _describe -t values value offers ;;
    files | directories)
      # After --flag= the rest of the word is the file.
      compset -P '--[a-z-]##='
      if [[ $kind == files ]]; then _files; else _path_files -/; fi ;;
    *) return 1 ;;
  esac
}

if [[ $funcstack[1] == _keypair ]]; then
  _keypair "$@"
else
  compdef _keypair keypair
fi
`;

/** The condition asks the program, and fails if files are wanted: then fish completes files itself. */
const fish = `# Completion of keypair for fish: keypair completion fish
# It asks the program at every TAB. To see an answer: keypair __complete fish line= create

function __keypair_ask
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -g __keypair_offers
    command -sq keypair; or return 0
    set -l answer (command keypair __complete fish "line=$current" $words[2..] 2>/dev/null </dev/null)
    switch "$answer[1]"
        case files
            return 1
        case directories
            set -l before (string match -r -- '^--[a-z-]+=' $current)
            set -l typed (string replace -r -- '^--[a-z-]+=' '' $current)
            set __keypair_offers "$before"(__fish_complete_directories $typed)
        case words
            set __keypair_offers $answer[2..]
    end
    return 0
end

complete -c keypair -n __keypair_ask -f -a '$__keypair_offers'
`;

/** After an empty answer PowerShell completes files itself. */
const powershell = `# Completion of keypair for PowerShell: keypair completion powershell
# It asks the program at every TAB. To see an answer: keypair __complete powershell line= create

Register-ArgumentCompleter -Native -CommandName keypair -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # PowerShell passes only the last part of a list: the rest is on the line.
    $typed = "$wordToComplete"
    $current = $typed
    $line = @()
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        $extent = $element.Extent
        if ($extent.EndOffset -lt $cursorPosition) {
            $line += $extent.Text -replace '["'']', ''
        } elseif ($extent.StartOffset -lt $cursorPosition) {
            $whole = $extent.Text.Substring(0, $cursorPosition - $extent.StartOffset)
            if ($whole.EndsWith($typed, [StringComparison]::Ordinal)) { $current = $whole }
        }
    }
    $known = $current.Length - $typed.Length

    $answer = @(try { & keypair __complete powershell "line=$current" @line 2>$null } catch { })
    foreach ($offer in ($answer | Select-Object -Skip 1)) {
        $text, $tip = $offer -split '\\|', 2
        if (-not $tip) { $tip = $text }
        if ($text.StartsWith($current, [StringComparison]::Ordinal)) {
            $rest = $text.Substring($known)
            [System.Management.Automation.CompletionResult]::new($rest, $rest, 'ParameterValue', $tip)
        }
    }
}
`;

/**
 * The completion scripts. They know no commands: at every TAB they ask `keypair __complete`, whose answer begins with a
 * line `words`, `files` or `directories`.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
