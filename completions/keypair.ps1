# Completion of keypair for PowerShell: keypair completion powershell
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
        $text, $tip = $offer -split '\|', 2
        if (-not $tip) { $tip = $text }
        if ($text.StartsWith($current, [StringComparison]::Ordinal)) {
            $rest = $text.Substring($known)
            [System.Management.Automation.CompletionResult]::new($rest, $rest, 'ParameterValue', $tip)
        }
    }
}
