# Completion of keypair for PowerShell: keypair completion powershell
# The program is asked at every TAB; see what it answers: keypair __complete powershell line= create

Register-ArgumentCompleter -Native -CommandName keypair -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Of a list PowerShell hands over the last part only: what stands before it is on the line.
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
