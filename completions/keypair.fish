# Completion of keypair for fish: keypair completion fish

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
                    case '*:-p' '*:--provider'
                        set takes providers
                    case '*:-r' '*:--region'
                        set takes regions
                    case '*:--profile'
                        set takes profiles
                    case '*:--site'
                        set takes words
                    case '*:--endpoint'
                        set takes text
                    case '*:--timeout'
                        set takes text
                    case '*:--lang'
                        set takes words
                    case 'create:-n' 'create:--name'
                        set takes text
                    case 'create:--tag'
                        set takes text
                    case 'create:--project'
                        set takes text
                    case 'create:--resource-group'
                        set takes text
                    case 'create:--api-version'
                        set takes words
                    case 'create:--key-dir'
                        set takes directories
                    case 'create:--output'
                        set takes files
                    case 'create:--type'
                        set takes words
                    case 'import:-n' 'import:--name'
                        set takes text
                    case 'import:--tag'
                        set takes text
                    case 'import:--project'
                        set takes text
                    case 'import:--resource-group'
                        set takes text
                    case 'import:--api-version'
                        set takes words
                    case 'import:--key-dir'
                        set takes directories
                    case 'ensure:-n' 'ensure:--name'
                        set takes pairs
                    case 'ensure:--tag'
                        set takes text
                    case 'ensure:--project'
                        set takes text
                    case 'ensure:--resource-group'
                        set takes text
                    case 'ensure:--api-version'
                        set takes words
                    case 'ensure:--key-dir'
                        set takes directories
                    case 'ensure:--type'
                        set takes words
                    case 'list:-n' 'list:--name'
                        set takes pairs
                    case 'list:--tag'
                        set takes text
                    case 'list:--key-dir'
                        set takes directories
                    case 'show:--api-version'
                        set takes words
                    case 'show:--key-dir'
                        set takes directories
                    case 'update:--rename'
                        set takes text
                    case 'update:--description'
                        set takes text
                    case 'update:--tag'
                        set takes text
                    case 'update:--remove-tag'
                        set takes text
                    case 'update:--api-version'
                        set takes words
                    case 'update:--key-dir'
                        set takes directories
                    case 'attach:--user'
                        set takes text
                    case 'attach:--api-version'
                        set takes words
                    case 'detach:--user'
                        set takes text
                    case 'detach:--api-version'
                        set takes words
                    case 'delete:--key-dir'
                        set takes directories
                    case 'delete:--api-version'
                        set takes words
                    case 'fingerprint:--match'
                        set takes text
                    case 'auth/login:--secret-id'
                        set takes text
                    case 'auth/login:--store'
                        set takes words
                    case 'doctor:--key-dir'
                        set takes directories
                    case 'trash/restore:--to'
                        set takes directories
                    case 'sandbox/serve:--port'
                        set takes text
                end
            case '*'
                set -l below (string join -- / $path $word)
                contains -- $below create import ensure list show update attach detach delete fingerprint regions providers auth auth/login auth/status auth/logout config config/list config/get config/set config/unset config/path doctor trash trash/list trash/restore trash/empty sandbox sandbox/serve sandbox/reset sandbox/status completion completion/bash completion/zsh completion/fish completion/powershell help help/create help/import help/ensure help/list help/show help/update help/attach help/detach help/delete help/fingerprint help/regions help/providers help/auth help/auth/login help/auth/status help/auth/logout help/config help/config/list help/config/get help/config/set help/config/unset help/config/path help/doctor help/trash help/trash/list help/trash/restore help/trash/empty help/sandbox help/sandbox/serve help/sandbox/reset help/sandbox/status help/completion help/completion/bash help/completion/zsh help/completion/fish help/completion/powershell
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
    and printf 'all\teach of them\n'
end

function __keypair_regions
    set -l line (__keypair_line)
    set -l ids (string split , -- $line[2])
    test -n "$line[2]"; or set ids (__keypair_ask provider | string trim)
    set -l regions
    for id in $ids
        switch $id
            case tencent cvm tencent-cvm
                set -a regions ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo ap-beijing-fsi ap-shanghai-fsi ap-shenzhen-fsi
            case lighthouse tencent-lighthouse
                set -a regions ap-beijing ap-guangzhou ap-hongkong ap-shanghai
            case aliyun alibaba alicloud ecs
                set -a regions cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-hangzhou-finance cn-shanghai cn-nanjing cn-fuzhou cn-shenzhen cn-heyuan cn-heyuan-acdr-1 cn-guangzhou cn-chengdu cn-zhongwei cn-wuhan-lr cn-zhengzhou-jva cn-hongkong cn-beijing-finance-1 cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-southeast-8 ap-south-1 us-east-1 us-west-1 us-southeast-1 na-south-1 eu-central-1 eu-west-1 me-east-1 me-central-1
            case qcloud tencent-legacy
                set -a regions ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo
        end
    end
    set -q regions[1]; or set regions ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo ap-beijing-fsi ap-shanghai-fsi ap-shenzhen-fsi cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-hangzhou-finance cn-shanghai cn-nanjing cn-fuzhou cn-shenzhen cn-heyuan cn-heyuan-acdr-1 cn-guangzhou cn-chengdu cn-zhongwei cn-wuhan-lr cn-zhengzhou-jva cn-hongkong cn-beijing-finance-1 cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-southeast-8 ap-south-1 us-east-1 us-west-1 us-southeast-1 na-south-1 eu-central-1 eu-west-1 me-east-1 me-central-1
    set -l before (__keypair_list)
    string join \n "$before"$regions
    __keypair_all "$before" '' import list show delete doctor
end

function __keypair_providers
    set -l before (__keypair_list)
    printf "%s\t%s\n" "$before"tencent 'Tencent Cloud CVM' "$before"cvm 'Tencent Cloud CVM' "$before"tencent-cvm 'Tencent Cloud CVM' "$before"lighthouse 'Tencent Lighthouse' "$before"tencent-lighthouse 'Tencent Lighthouse' "$before"aliyun 'Alibaba Cloud ECS' "$before"alibaba 'Alibaba Cloud ECS' "$before"alicloud 'Alibaba Cloud ECS' "$before"ecs 'Alibaba Cloud ECS' "$before"qcloud 'Tencent Cloud CVM (retired v2 gateway)' "$before"tencent-legacy 'Tencent Cloud CVM (retired v2 gateway)'
    __keypair_all "$before" '' list show delete regions providers auth/status doctor
end

complete -c keypair -f
complete -c keypair -s p -l provider -x -a '(__keypair_providers)' -d 'tencent, lighthouse, aliyun or qcloud'
complete -c keypair -s r -l region -x -a '(__keypair_regions)' -d 'region of the provider'
complete -c keypair -l profile -x -a '(__keypair_ask profiles)' -d 'take the defaults of this profile (see keypair config)'
complete -c keypair -l site -x -a 'cn intl' -d 'site of the account: cn or intl'
complete -c keypair -l endpoint -x -d 'call this https address instead'
complete -c keypair -l sandbox -d 'use the local stand-in cloud: no account needed'
complete -c keypair -l json -d 'print JSON'
complete -c keypair -s q -l quiet -d 'print only the value that matters'
complete -c keypair -l no-input -d 'never ask'
complete -c keypair -s y -l yes -d 'answer yes to every question'
complete -c keypair -l timeout -x -d 'longest wait for one request (default: 30)'
complete -c keypair -l no-color -d 'print without colour'
complete -c keypair -l lang -x -a 'en zh-CN' -d 'language: en or zh-CN'
complete -c keypair -l debug -d 'trace the wire on stderr, secrets taken out'
complete -c keypair -s h -l help -d 'show help'
complete -c keypair -n '__keypair_at \'\'' -a create -d 'make a key pair in the cloud and save its private key'
complete -c keypair -n '__keypair_at \'\'' -a import -d 'upload an existing public key'
complete -c keypair -n '__keypair_at \'\'' -a ensure -d 'make a key pair unless it is there already, with its private key here'
complete -c keypair -n '__keypair_at \'\'' -a list -d 'list key pairs, and where their private halves are'
complete -c keypair -n '__keypair_at \'\'' -a show -d 'show all that is known of one key pair'
complete -c keypair -n '__keypair_at \'\'' -a update -d 'change the name, the description or the tags of a key pair'
complete -c keypair -n '__keypair_at \'\'' -a attach -d 'bind a key pair to instances'
complete -c keypair -n '__keypair_at \'\'' -a detach -d 'take a key pair from instances'
complete -c keypair -n '__keypair_at \'\'' -a delete -d 'delete key pairs in the cloud'
complete -c keypair -n '__keypair_at \'\'' -a fingerprint -d 'print the fingerprints of a key, in every dialect'
complete -c keypair -n '__keypair_at \'\'' -a regions -d 'list the regions of the providers'
complete -c keypair -n '__keypair_at \'\'' -a providers -d 'list the providers and what each can do'
complete -c keypair -n '__keypair_at \'\'' -a auth -d 'store credentials, see what is found, forget them'
complete -c keypair -n '__keypair_at \'\'' -a config -d 'defaults and profiles: show them, set them'
complete -c keypair -n '__keypair_at \'\'' -a doctor -d 'find what is wrong on this machine and between it and the cloud, and mend it'
complete -c keypair -n '__keypair_at \'\'' -a trash -d 'key files that were put aside: list them, put them back, remove them for good'
complete -c keypair -n '__keypair_at \'\'' -a sandbox -d 'the local stand-in cloud: serve it, look at it, empty it'
complete -c keypair -n '__keypair_at \'\'' -a completion -d 'print a completion script for your shell'
complete -c keypair -n '__keypair_at \'\'' -a help -d 'show help'
complete -c keypair -n '__keypair_at \'\'' -s V -l version -d 'print the version'
complete -c keypair -n '__keypair_at create' -s n -l name -x -d 'name of the key pair, and of its file; - for a list on stdin'
complete -c keypair -n '__keypair_at create' -l tag -x -d 'tag of the key pair (tencent, lighthouse, aliyun)'
complete -c keypair -n '__keypair_at create' -l project -x -d 'project of the key pair (tencent, qcloud; default: 0)'
complete -c keypair -n '__keypair_at create' -l resource-group -x -d 'resource group of the key pair (aliyun)'
complete -c keypair -n '__keypair_at create' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at create' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the key files go (default: ~/.ssh)'
complete -c keypair -n '__keypair_at create' -l output -r -F -d 'save the private key as this file; - for stdout'
complete -c keypair -n '__keypair_at create' -l no-copy -d 'with --output -: keep no copy of the private key on this machine'
complete -c keypair -n '__keypair_at create' -l local -d 'make the pair on this machine, upload only its public half'
complete -c keypair -n '__keypair_at create' -l type -x -a 'rsa-4096 rsa-3072 rsa-2048 ecdsa-256 ecdsa-384 ecdsa-521' -d 'with --local: kind of key (default: the best there is)'
complete -c keypair -n '__keypair_at create' -l recreate -d 'finish what a create of this name left unfinished; delete its pair only if it is proved ours, or has this id or fingerprint'
complete -c keypair -n '__keypair_at create' -l dry-run -d 'check everything, show what would be done, call nothing'
complete -c keypair -n '__keypair_at import' -s n -l name -x -d 'name of the key pair'
complete -c keypair -n '__keypair_at import' -l tag -x -d 'tag of the key pair (tencent, lighthouse, aliyun)'
complete -c keypair -n '__keypair_at import' -l project -x -d 'project of the key pair (tencent, qcloud; default: 0)'
complete -c keypair -n '__keypair_at import' -l resource-group -x -d 'resource group of the key pair (aliyun)'
complete -c keypair -n '__keypair_at import' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at import' -l from-private -d 'FILE is a private key: derive its public half, send only that'
complete -c keypair -n '__keypair_at import' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the private half is looked for (default: ~/.ssh)'
complete -c keypair -n '__keypair_at import first' -F
complete -c keypair -n '__keypair_at ensure' -s n -l name -x -a '(__keypair_ask pairs)' -d 'name of the key pair, and of its file; - for a list on stdin'
complete -c keypair -n '__keypair_at ensure' -l tag -x -d 'tag of the key pair (tencent, lighthouse, aliyun)'
complete -c keypair -n '__keypair_at ensure' -l project -x -d 'project of the key pair (tencent, qcloud; default: 0)'
complete -c keypair -n '__keypair_at ensure' -l resource-group -x -d 'resource group of the key pair (aliyun)'
complete -c keypair -n '__keypair_at ensure' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at ensure' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the key files are (default: ~/.ssh)'
complete -c keypair -n '__keypair_at ensure' -l local -d 'make the pair on this machine, upload only its public half'
complete -c keypair -n '__keypair_at ensure' -l type -x -a 'rsa-4096 rsa-3072 rsa-2048 ecdsa-256 ecdsa-384 ecdsa-521' -d 'with --local: kind of key (default: the best there is)'
complete -c keypair -n '__keypair_at list' -s n -l name -x -a '(__keypair_ask pairs)' -d 'only names that fit: web-* or db?'
complete -c keypair -n '__keypair_at list' -l tag -x -d 'only pairs with all of these tags'
complete -c keypair -n '__keypair_at list' -l cloud-only -d 'only pairs whose private half is not on this machine'
complete -c keypair -n '__keypair_at list' -l local-only -d 'only keys of this machine that are in none of the services asked'
complete -c keypair -n '__keypair_at list' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the key files are (default: ~/.ssh)'
complete -c keypair -n '__keypair_at show' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at show' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the key files are (default: ~/.ssh)'
complete -c keypair -n '__keypair_at show first' -F -a '(__keypair_ask pairs)'
complete -c keypair -n '__keypair_at update' -l rename -x -d 'new name in the cloud (tencent, qcloud); key files keep theirs'
complete -c keypair -n '__keypair_at update' -l description -x -d 'new description (tencent, qcloud)'
complete -c keypair -n '__keypair_at update' -l tag -x -d 'tag to set, or to set anew (aliyun)'
complete -c keypair -n '__keypair_at update' -l remove-tag -x -d 'tag to take away (aliyun)'
complete -c keypair -n '__keypair_at update' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at update' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the key files are (default: ~/.ssh)'
complete -c keypair -n '__keypair_at update first' -a '(__keypair_ask pairs)'
complete -c keypair -n '__keypair_at attach' -l wait -d 'wait until it is done (not with qcloud v2)'
complete -c keypair -n '__keypair_at attach' -l force-stop -d 'stop running instances for it, and start them again (tencent, qcloud)'
complete -c keypair -n '__keypair_at attach' -l online -d 'while the instance runs, for --user (lighthouse)'
complete -c keypair -n '__keypair_at attach' -l user -x -d 'user of the instance, with --online'
complete -c keypair -n '__keypair_at attach' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at attach first' -a '(__keypair_ask pairs)'
complete -c keypair -n '__keypair_at attach rest' -a '(__keypair_ask instances)'
complete -c keypair -n '__keypair_at detach' -l wait -d 'wait until it is done (not with qcloud v2)'
complete -c keypair -n '__keypair_at detach' -l force-stop -d 'stop running instances for it, and start them again (tencent, qcloud)'
complete -c keypair -n '__keypair_at detach' -l online -d 'while the instance runs, for --user (lighthouse)'
complete -c keypair -n '__keypair_at detach' -l user -x -d 'user of the instance, with --online'
complete -c keypair -n '__keypair_at detach' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at detach first' -a '(__keypair_ask pairs)'
complete -c keypair -n '__keypair_at detach rest' -a '(__keypair_ask instances)'
complete -c keypair -n '__keypair_at delete' -l local-files -d 'move the key files of this machine to the trash as well'
complete -c keypair -n '__keypair_at delete' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the key files are (default: ~/.ssh)'
complete -c keypair -n '__keypair_at delete' -l dry-run -d 'show what would be deleted, delete nothing'
complete -c keypair -n '__keypair_at delete' -l api-version -x -a '2017-03-12 v2' -d 'interface of qcloud'
complete -c keypair -n '__keypair_at delete' -a '(__keypair_ask pairs)'
complete -c keypair -n '__keypair_at fingerprint' -l all -d 'print every dialect that clouds and tools use'
complete -c keypair -n '__keypair_at fingerprint' -l match -x -d 'find the dialect in which this is the fingerprint; exit 3 if none'
complete -c keypair -n '__keypair_at fingerprint' -F
complete -c keypair -n '__keypair_at auth' -a login -d 'check an access key and store it in the keychain'
complete -c keypair -n '__keypair_at auth' -a status -d 'show which credentials are found, and where'
complete -c keypair -n '__keypair_at auth' -a logout -d 'remove what login has stored'
complete -c keypair -n '__keypair_at auth/login' -l secret-id -x -d 'SecretId (Tencent) or AccessKeyId (Alibaba)'
complete -c keypair -n '__keypair_at auth/login' -l secret-stdin -d 'read the secret key from stdin: one line'
complete -c keypair -n '__keypair_at auth/login' -l store -x -a 'keychain file' -d 'where it is kept (default: keychain)'
complete -c keypair -n '__keypair_at auth/login' -l insecure-plaintext -d 'with --store file: in clear, without a passphrase'
complete -c keypair -n '__keypair_at auth/login' -l no-check -d 'store it without asking the cloud whether it is right'
complete -c keypair -n '__keypair_at auth/status' -l check -d 'ask the cloud whose they are, and whether they work'
complete -c keypair -n '__keypair_at config' -a list -d 'show every value that holds, and where it comes from'
complete -c keypair -n '__keypair_at config' -a get -d 'print one value of a profile'
complete -c keypair -n '__keypair_at config' -a set -d 'set one value of a profile, which is made if need be'
complete -c keypair -n '__keypair_at config' -a unset -d 'take one value of a profile away'
complete -c keypair -n '__keypair_at config' -a path -d 'print where the configuration is'
complete -c keypair -n '__keypair_at config/get first' -a 'provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile'
complete -c keypair -n '__keypair_at config/set first' -a 'provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile'
complete -c keypair -n '__keypair_at config/set rest' -a '(__keypair_ask settings)'
complete -c keypair -n '__keypair_at config/unset first' -a 'provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile'
complete -c keypair -n '__keypair_at doctor' -l fix -d 'mend what can lose nothing, and ask for the rest (--yes agrees to it)'
complete -c keypair -n '__keypair_at doctor' -l local-only -d 'look at this machine only, and call nothing'
complete -c keypair -n '__keypair_at doctor' -l key-dir -x -a '(__fish_complete_directories)' -d 'where the key files are (default: ~/.ssh)'
complete -c keypair -n '__keypair_at trash' -a list -d 'list the files in the trash: what, from where, since when'
complete -c keypair -n '__keypair_at trash' -a restore -d 'put files back where they were; nothing is overwritten'
complete -c keypair -n '__keypair_at trash' -a empty -d 'remove all that is in the trash, for good'
complete -c keypair -n '__keypair_at trash/restore' -l to -x -a '(__fish_complete_directories)' -d 'put them into this directory'
complete -c keypair -n '__keypair_at trash/restore' -l dry-run -d 'show what would be done, and do nothing'
complete -c keypair -n '__keypair_at trash/empty' -l dry-run -d 'show what would be removed, and remove nothing'
complete -c keypair -n '__keypair_at sandbox' -a serve -d 'run the stand-in cloud as a server, for this or any other client'
complete -c keypair -n '__keypair_at sandbox' -a reset -d 'forget every key pair of the stand-in cloud; your key files stay'
complete -c keypair -n '__keypair_at sandbox' -a status -d 'show where the stand-in cloud keeps its state, and what is in it'
complete -c keypair -n '__keypair_at sandbox/serve' -l port -x -d 'port on 127.0.0.1 (default: a free one)'
complete -c keypair -n '__keypair_at completion' -a bash -d 'print the script for bash 3.2 and later'
complete -c keypair -n '__keypair_at completion' -a zsh -d 'print the script for zsh 5 and later'
complete -c keypair -n '__keypair_at completion' -a fish -d 'print the script for fish 3 and later'
complete -c keypair -n '__keypair_at completion' -a powershell -d 'print the script for PowerShell 5.1 and later'
complete -c keypair -n '__keypair_at help' -a create -d 'make a key pair in the cloud and save its private key'
complete -c keypair -n '__keypair_at help' -a import -d 'upload an existing public key'
complete -c keypair -n '__keypair_at help' -a ensure -d 'make a key pair unless it is there already, with its private key here'
complete -c keypair -n '__keypair_at help' -a list -d 'list key pairs, and where their private halves are'
complete -c keypair -n '__keypair_at help' -a show -d 'show all that is known of one key pair'
complete -c keypair -n '__keypair_at help' -a update -d 'change the name, the description or the tags of a key pair'
complete -c keypair -n '__keypair_at help' -a attach -d 'bind a key pair to instances'
complete -c keypair -n '__keypair_at help' -a detach -d 'take a key pair from instances'
complete -c keypair -n '__keypair_at help' -a delete -d 'delete key pairs in the cloud'
complete -c keypair -n '__keypair_at help' -a fingerprint -d 'print the fingerprints of a key, in every dialect'
complete -c keypair -n '__keypair_at help' -a regions -d 'list the regions of the providers'
complete -c keypair -n '__keypair_at help' -a providers -d 'list the providers and what each can do'
complete -c keypair -n '__keypair_at help' -a auth -d 'store credentials, see what is found, forget them'
complete -c keypair -n '__keypair_at help' -a config -d 'defaults and profiles: show them, set them'
complete -c keypair -n '__keypair_at help' -a doctor -d 'find what is wrong on this machine and between it and the cloud, and mend it'
complete -c keypair -n '__keypair_at help' -a trash -d 'key files that were put aside: list them, put them back, remove them for good'
complete -c keypair -n '__keypair_at help' -a sandbox -d 'the local stand-in cloud: serve it, look at it, empty it'
complete -c keypair -n '__keypair_at help' -a completion -d 'print a completion script for your shell'
complete -c keypair -n '__keypair_at help/auth' -a login -d 'check an access key and store it in the keychain'
complete -c keypair -n '__keypair_at help/auth' -a status -d 'show which credentials are found, and where'
complete -c keypair -n '__keypair_at help/auth' -a logout -d 'remove what login has stored'
complete -c keypair -n '__keypair_at help/config' -a list -d 'show every value that holds, and where it comes from'
complete -c keypair -n '__keypair_at help/config' -a get -d 'print one value of a profile'
complete -c keypair -n '__keypair_at help/config' -a set -d 'set one value of a profile, which is made if need be'
complete -c keypair -n '__keypair_at help/config' -a unset -d 'take one value of a profile away'
complete -c keypair -n '__keypair_at help/config' -a path -d 'print where the configuration is'
complete -c keypair -n '__keypair_at help/trash' -a list -d 'list the files in the trash: what, from where, since when'
complete -c keypair -n '__keypair_at help/trash' -a restore -d 'put files back where they were; nothing is overwritten'
complete -c keypair -n '__keypair_at help/trash' -a empty -d 'remove all that is in the trash, for good'
complete -c keypair -n '__keypair_at help/sandbox' -a serve -d 'run the stand-in cloud as a server, for this or any other client'
complete -c keypair -n '__keypair_at help/sandbox' -a reset -d 'forget every key pair of the stand-in cloud; your key files stay'
complete -c keypair -n '__keypair_at help/sandbox' -a status -d 'show where the stand-in cloud keeps its state, and what is in it'
complete -c keypair -n '__keypair_at help/completion' -a bash -d 'print the script for bash 3.2 and later'
complete -c keypair -n '__keypair_at help/completion' -a zsh -d 'print the script for zsh 5 and later'
complete -c keypair -n '__keypair_at help/completion' -a fish -d 'print the script for fish 3 and later'
complete -c keypair -n '__keypair_at help/completion' -a powershell -d 'print the script for PowerShell 5.1 and later'
