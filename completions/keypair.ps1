# Completion of keypair for PowerShell: keypair completion powershell

Register-ArgumentCompleter -Native -CommandName keypair -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # The command that a word belongs to (* for any), the word, what stands after it, what it does.
    # <first> and <rest> stand for arguments: what follows is what they are.
    $rows = @(
        '|create|command|make a key pair in the cloud and save its private key'
        '|import|command|upload an existing public key'
        '|ensure|command|make a key pair unless it is there already, with its private key here'
        '|list|command|list key pairs, and where their private halves are'
        '|show|command|show all that is known of one key pair'
        '|update|command|change the name, the description or the tags of a key pair'
        '|attach|command|bind a key pair to instances'
        '|detach|command|take a key pair from instances'
        '|delete|command|delete key pairs in the cloud'
        '|fingerprint|command|print the fingerprints of a key, in every dialect'
        '|regions|command|list the regions of the providers'
        '|providers|command|list the providers and what each can do'
        '|auth|command|store credentials, see what is found, forget them'
        '|config|command|defaults and profiles: show them, set them'
        '|doctor|command|find what is wrong on this machine and between it and the cloud, and mend it'
        '|trash|command|key files that were put aside: list them, put them back, remove them for good'
        '|sandbox|command|the local stand-in cloud: serve it, look at it, empty it'
        '|completion|command|print a completion script for your shell'
        '|help|command|show help'
        'auth|login|command|check an access key and store it in the keychain'
        'auth|status|command|show which credentials are found, and where'
        'auth|logout|command|remove what login has stored'
        'config|list|command|show every value that holds, and where it comes from'
        'config|get|command|print one value of a profile'
        'config|set|command|set one value of a profile, which is made if need be'
        'config|unset|command|take one value of a profile away'
        'config|path|command|print where the configuration is'
        'trash|list|command|list the files in the trash: what, from where, since when'
        'trash|restore|command|put files back where they were; nothing is overwritten'
        'trash|empty|command|remove all that is in the trash, for good'
        'sandbox|serve|command|run the stand-in cloud as a server, for this or any other client'
        'sandbox|reset|command|forget every key pair of the stand-in cloud; your key files stay'
        'sandbox|status|command|show where the stand-in cloud keeps its state, and what is in it'
        'completion|bash|command|print the script for bash 3.2 and later'
        'completion|zsh|command|print the script for zsh 5 and later'
        'completion|fish|command|print the script for fish 3 and later'
        'completion|powershell|command|print the script for PowerShell 5.1 and later'
        'help|create|command|make a key pair in the cloud and save its private key'
        'help|import|command|upload an existing public key'
        'help|ensure|command|make a key pair unless it is there already, with its private key here'
        'help|list|command|list key pairs, and where their private halves are'
        'help|show|command|show all that is known of one key pair'
        'help|update|command|change the name, the description or the tags of a key pair'
        'help|attach|command|bind a key pair to instances'
        'help|detach|command|take a key pair from instances'
        'help|delete|command|delete key pairs in the cloud'
        'help|fingerprint|command|print the fingerprints of a key, in every dialect'
        'help|regions|command|list the regions of the providers'
        'help|providers|command|list the providers and what each can do'
        'help|auth|command|store credentials, see what is found, forget them'
        'help|config|command|defaults and profiles: show them, set them'
        'help|doctor|command|find what is wrong on this machine and between it and the cloud, and mend it'
        'help|trash|command|key files that were put aside: list them, put them back, remove them for good'
        'help|sandbox|command|the local stand-in cloud: serve it, look at it, empty it'
        'help|completion|command|print a completion script for your shell'
        'help/auth|login|command|check an access key and store it in the keychain'
        'help/auth|status|command|show which credentials are found, and where'
        'help/auth|logout|command|remove what login has stored'
        'help/config|list|command|show every value that holds, and where it comes from'
        'help/config|get|command|print one value of a profile'
        'help/config|set|command|set one value of a profile, which is made if need be'
        'help/config|unset|command|take one value of a profile away'
        'help/config|path|command|print where the configuration is'
        'help/trash|list|command|list the files in the trash: what, from where, since when'
        'help/trash|restore|command|put files back where they were; nothing is overwritten'
        'help/trash|empty|command|remove all that is in the trash, for good'
        'help/sandbox|serve|command|run the stand-in cloud as a server, for this or any other client'
        'help/sandbox|reset|command|forget every key pair of the stand-in cloud; your key files stay'
        'help/sandbox|status|command|show where the stand-in cloud keeps its state, and what is in it'
        'help/completion|bash|command|print the script for bash 3.2 and later'
        'help/completion|zsh|command|print the script for zsh 5 and later'
        'help/completion|fish|command|print the script for fish 3 and later'
        'help/completion|powershell|command|print the script for PowerShell 5.1 and later'
        '*|-p|providers|tencent, lighthouse, aliyun or qcloud'
        '*|--provider|providers|tencent, lighthouse, aliyun or qcloud'
        '*|-r|regions|region of the provider'
        '*|--region|regions|region of the provider'
        '*|--profile|profiles|take the defaults of this profile (see keypair config)'
        '*|--site|words cn intl|site of the account: cn or intl'
        '*|--endpoint|text|call this https address instead'
        '*|--sandbox||use the local stand-in cloud: no account needed'
        '*|--json||print JSON'
        '*|-q||print only the value that matters'
        '*|--quiet||print only the value that matters'
        '*|--no-input||never ask'
        '*|-y||answer yes to every question'
        '*|--yes||answer yes to every question'
        '*|--timeout|text|longest wait for one request (default: 30)'
        '*|--no-color||print without colour'
        '*|--lang|words en zh-CN|language: en or zh-CN'
        '*|--debug||trace the wire on stderr, secrets taken out'
        '*|-h||show help'
        '*|--help||show help'
        '|-V||print the version'
        '|--version||print the version'
        'create|-n|text|name of the key pair, and of its file; - for a list on stdin'
        'create|--name|text|name of the key pair, and of its file; - for a list on stdin'
        'create|--tag|text|tag of the key pair (tencent, lighthouse, aliyun)'
        'create|--project|text|project of the key pair (tencent, qcloud; default: 0)'
        'create|--resource-group|text|resource group of the key pair (aliyun)'
        'create|--api-version|words 2017-03-12 v2|interface of qcloud'
        'create|--key-dir|directories|where the key files go (default: ~/.ssh)'
        'create|--output|files|save the private key as this file; - for stdout'
        'create|--no-copy||with --output -: keep no copy of the private key on this machine'
        'create|--local||make the pair on this machine, upload only its public half'
        'create|--type|words rsa-4096 rsa-3072 rsa-2048 ecdsa-256 ecdsa-384 ecdsa-521|with --local: kind of key (default: the best there is)'
        'create|--recreate||finish what a create of this name left unfinished; delete its pair only if it is proved ours, or has this id or fingerprint'
        'create|--dry-run||check everything, show what would be done, call nothing'
        'import|-n|text|name of the key pair'
        'import|--name|text|name of the key pair'
        'import|--tag|text|tag of the key pair (tencent, lighthouse, aliyun)'
        'import|--project|text|project of the key pair (tencent, qcloud; default: 0)'
        'import|--resource-group|text|resource group of the key pair (aliyun)'
        'import|--api-version|words 2017-03-12 v2|interface of qcloud'
        'import|--from-private||FILE is a private key: derive its public half, send only that'
        'import|--key-dir|directories|where the private half is looked for (default: ~/.ssh)'
        'ensure|-n|pairs|name of the key pair, and of its file; - for a list on stdin'
        'ensure|--name|pairs|name of the key pair, and of its file; - for a list on stdin'
        'ensure|--tag|text|tag of the key pair (tencent, lighthouse, aliyun)'
        'ensure|--project|text|project of the key pair (tencent, qcloud; default: 0)'
        'ensure|--resource-group|text|resource group of the key pair (aliyun)'
        'ensure|--api-version|words 2017-03-12 v2|interface of qcloud'
        'ensure|--key-dir|directories|where the key files are (default: ~/.ssh)'
        'ensure|--local||make the pair on this machine, upload only its public half'
        'ensure|--type|words rsa-4096 rsa-3072 rsa-2048 ecdsa-256 ecdsa-384 ecdsa-521|with --local: kind of key (default: the best there is)'
        'list|-n|pairs|only names that fit: web-* or db?'
        'list|--name|pairs|only names that fit: web-* or db?'
        'list|--tag|text|only pairs with all of these tags'
        'list|--cloud-only||only pairs whose private half is not on this machine'
        'list|--local-only||only keys of this machine that are in none of the services asked'
        'list|--key-dir|directories|where the key files are (default: ~/.ssh)'
        'show|--api-version|words 2017-03-12 v2|interface of qcloud'
        'show|--key-dir|directories|where the key files are (default: ~/.ssh)'
        'update|--rename|text|new name in the cloud (tencent, qcloud); key files keep theirs'
        'update|--description|text|new description (tencent, qcloud)'
        'update|--tag|text|tag to set, or to set anew (aliyun)'
        'update|--remove-tag|text|tag to take away (aliyun)'
        'update|--api-version|words 2017-03-12 v2|interface of qcloud'
        'update|--key-dir|directories|where the key files are (default: ~/.ssh)'
        'attach|--wait||wait until it is done (not with qcloud v2)'
        'attach|--force-stop||stop running instances for it, and start them again (tencent, qcloud)'
        'attach|--online||while the instance runs, for --user (lighthouse)'
        'attach|--user|text|user of the instance, with --online'
        'attach|--api-version|words 2017-03-12 v2|interface of qcloud'
        'detach|--wait||wait until it is done (not with qcloud v2)'
        'detach|--force-stop||stop running instances for it, and start them again (tencent, qcloud)'
        'detach|--online||while the instance runs, for --user (lighthouse)'
        'detach|--user|text|user of the instance, with --online'
        'detach|--api-version|words 2017-03-12 v2|interface of qcloud'
        'delete|--local-files||move the key files of this machine to the trash as well'
        'delete|--key-dir|directories|where the key files are (default: ~/.ssh)'
        'delete|--dry-run||show what would be deleted, delete nothing'
        'delete|--api-version|words 2017-03-12 v2|interface of qcloud'
        'fingerprint|--all||print every dialect that clouds and tools use'
        'fingerprint|--match|text|find the dialect in which this is the fingerprint; exit 3 if none'
        'auth/login|--secret-id|text|SecretId (Tencent) or AccessKeyId (Alibaba)'
        'auth/login|--secret-stdin||read the secret key from stdin: one line'
        'auth/login|--store|words keychain file|where it is kept (default: keychain)'
        'auth/login|--insecure-plaintext||with --store file: in clear, without a passphrase'
        'auth/login|--no-check||store it without asking the cloud whether it is right'
        'auth/status|--check||ask the cloud whose they are, and whether they work'
        'doctor|--fix||mend what can lose nothing, and ask for the rest (--yes agrees to it)'
        'doctor|--local-only||look at this machine only, and call nothing'
        'doctor|--key-dir|directories|where the key files are (default: ~/.ssh)'
        'trash/restore|--to|directories|put them into this directory'
        'trash/restore|--dry-run||show what would be done, and do nothing'
        'trash/empty|--dry-run||show what would be removed, and remove nothing'
        'sandbox/serve|--port|text|port on 127.0.0.1 (default: a free one)'
        'import|<first>|files|'
        'show|<first>|pairs-or-files|'
        'update|<first>|pairs|'
        'attach|<first>|pairs|'
        'attach|<rest>|instances|'
        'detach|<first>|pairs|'
        'detach|<rest>|instances|'
        'delete|<first>|pairs|'
        'delete|<rest>|pairs|'
        'fingerprint|<first>|files|'
        'fingerprint|<rest>|files|'
        'config/get|<first>|words provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile|'
        'config/set|<first>|words provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile|'
        'config/set|<rest>|settings|'
        'config/unset|<first>|words provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile|'
        'trash/restore|<first>|text|'
        'trash/restore|<rest>|text|'
    )
    $providers = @(
        'tencent|Tencent Cloud CVM'
        'cvm|Tencent Cloud CVM'
        'tencent-cvm|Tencent Cloud CVM'
        'lighthouse|Tencent Lighthouse'
        'tencent-lighthouse|Tencent Lighthouse'
        'aliyun|Alibaba Cloud ECS'
        'alibaba|Alibaba Cloud ECS'
        'alicloud|Alibaba Cloud ECS'
        'ecs|Alibaba Cloud ECS'
        'qcloud|Tencent Cloud CVM (retired v2 gateway)'
        'tencent-legacy|Tencent Cloud CVM (retired v2 gateway)'
    )
    # What may be all, in which command.
    $all = @(
        'providers '
        'providers list'
        'providers show'
        'providers delete'
        'providers regions'
        'providers providers'
        'providers auth/status'
        'providers doctor'
        'regions '
        'regions import'
        'regions list'
        'regions show'
        'regions delete'
        'regions doctor'
    )

    $path = ''
    $provider = ''
    $takes = ''
    $place = '<first>'

    # What stands after a word: nothing after a switch, 'command' if it is a command.
    $after = {
        param($name)
        foreach ($row in $rows) {
            $at, $word, $then, $null = $row -split '\|', 4
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
            $provider = (& $ask 'provider' | ForEach-Object { ($_ -split '\|')[0] }) -join ','
        }
        $regions = foreach ($id in ($provider -replace '["''\s]', '') -split ',') {
            switch -Regex -CaseSensitive ($id) {
                '^(tencent|cvm|tencent-cvm)$' { -split 'ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo ap-beijing-fsi ap-shanghai-fsi ap-shenzhen-fsi' }
                '^(lighthouse|tencent-lighthouse)$' { -split 'ap-beijing ap-guangzhou ap-hongkong ap-shanghai' }
                '^(aliyun|alibaba|alicloud|ecs)$' { -split 'cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-hangzhou-finance cn-shanghai cn-nanjing cn-fuzhou cn-shenzhen cn-heyuan cn-heyuan-acdr-1 cn-guangzhou cn-chengdu cn-zhongwei cn-wuhan-lr cn-zhengzhou-jva cn-hongkong cn-beijing-finance-1 cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-southeast-8 ap-south-1 us-east-1 us-west-1 us-southeast-1 na-south-1 eu-central-1 eu-west-1 me-east-1 me-central-1' }
                '^(qcloud|tencent-legacy)$' { -split 'ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo' }
            }
        }
        if ($regions) { $regions } else { -split 'ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo ap-beijing-fsi ap-shanghai-fsi ap-shenzhen-fsi cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-hangzhou-finance cn-shanghai cn-nanjing cn-fuzhou cn-shenzhen cn-heyuan cn-heyuan-acdr-1 cn-guangzhou cn-chengdu cn-zhongwei cn-wuhan-lr cn-zhengzhou-jva cn-hongkong cn-beijing-finance-1 cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-southeast-8 ap-south-1 us-east-1 us-west-1 us-southeast-1 na-south-1 eu-central-1 eu-west-1 me-east-1 me-central-1' }
    } elseif ($takes -ceq 'pairs' -or $takes -ceq 'pairs-or-files' -or $takes -ceq 'instances' -or $takes -ceq 'profiles' -or $takes -ceq 'settings') {
        & $ask ($takes -split '-')[0]
    } elseif ($takes -clike 'words *') {
        -split $takes.Substring('words '.Length)
    } elseif (-not $takes) {
        foreach ($row in $rows) {
            $at, $word, $then, $does = $row -split '\|', 4
            $here = ($at -ceq '*' -or $at -ceq $path) -and $word -cnotlike '<*'
            if ($here -and ($word -clike '-*') -eq ($current -clike '-*')) {
                "$word|$does"
            }
        }
    })
    if (-not $listed -and $all -ccontains "$takes $path") { $offers += 'all|each of them' }
    foreach ($offer in $offers) {
        $text, $tip = $offer -split '\|', 2
        if (-not $tip) { $tip = $text }
        if ($text.StartsWith($current, [StringComparison]::Ordinal)) {
            [System.Management.Automation.CompletionResult]::new("$before$text", $text, 'ParameterValue', $tip)
        }
    }
}
