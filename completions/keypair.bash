# shellcheck shell=bash
# Completion of keypair for bash 3.2 and later: keypair completion bash

# What stands after flag $2 of command $1, in takes: nothing after a switch.
_keypair_flag() {
  case "$1:$2" in
    *:-p | *:--provider) takes='providers' ;;
    *:-r | *:--region) takes='regions' ;;
    *:--profile) takes='profiles' ;;
    *:--site) takes='words cn intl' ;;
    *:--endpoint) takes='text' ;;
    *:--timeout) takes='text' ;;
    *:--lang) takes='words en zh-CN' ;;
    create:-n | create:--name) takes='text' ;;
    create:--tag) takes='text' ;;
    create:--project) takes='text' ;;
    create:--resource-group) takes='text' ;;
    create:--api-version) takes='words 2017-03-12 v2' ;;
    create:--key-dir) takes='directories' ;;
    create:--output) takes='files' ;;
    create:--type) takes='words rsa-4096 rsa-3072 rsa-2048 ecdsa-256 ecdsa-384 ecdsa-521' ;;
    import:-n | import:--name) takes='text' ;;
    import:--tag) takes='text' ;;
    import:--project) takes='text' ;;
    import:--resource-group) takes='text' ;;
    import:--api-version) takes='words 2017-03-12 v2' ;;
    import:--key-dir) takes='directories' ;;
    ensure:-n | ensure:--name) takes='pairs' ;;
    ensure:--tag) takes='text' ;;
    ensure:--project) takes='text' ;;
    ensure:--resource-group) takes='text' ;;
    ensure:--api-version) takes='words 2017-03-12 v2' ;;
    ensure:--key-dir) takes='directories' ;;
    ensure:--type) takes='words rsa-4096 rsa-3072 rsa-2048 ecdsa-256 ecdsa-384 ecdsa-521' ;;
    list:-n | list:--name) takes='pairs' ;;
    list:--tag) takes='text' ;;
    list:--key-dir) takes='directories' ;;
    show:--api-version) takes='words 2017-03-12 v2' ;;
    show:--key-dir) takes='directories' ;;
    update:--rename) takes='text' ;;
    update:--description) takes='text' ;;
    update:--tag) takes='text' ;;
    update:--remove-tag) takes='text' ;;
    update:--api-version) takes='words 2017-03-12 v2' ;;
    update:--key-dir) takes='directories' ;;
    attach:--user) takes='text' ;;
    attach:--api-version) takes='words 2017-03-12 v2' ;;
    detach:--user) takes='text' ;;
    detach:--api-version) takes='words 2017-03-12 v2' ;;
    delete:--key-dir) takes='directories' ;;
    delete:--api-version) takes='words 2017-03-12 v2' ;;
    fingerprint:--match) takes='text' ;;
    auth/login:--secret-id) takes='text' ;;
    auth/login:--store) takes='words keychain file' ;;
    doctor:--key-dir) takes='directories' ;;
    trash/restore:--to) takes='directories' ;;
    sandbox/serve:--port) takes='text' ;;
    *) takes='' ;;
  esac
}

# What belongs to command $1, in flags and takes; false if there is no such command.
_keypair_command() {
  flags='-p --provider -r --region --profile --site --endpoint --sandbox --json -q --quiet --no-input -y --yes --timeout --no-color --lang --debug -h --help' rest=''
  case "$1" in
    '') takes='words create import ensure list show update attach detach delete fingerprint regions providers auth config doctor trash sandbox completion help' flags+=' -V --version' ;;
    create) takes='' flags+=' -n --name --tag --project --resource-group --api-version --key-dir --output --no-copy --local --type --recreate --dry-run' ;;
    import) takes='files' flags+=' -n --name --tag --project --resource-group --api-version --from-private --key-dir' ;;
    ensure) takes='' flags+=' -n --name --tag --project --resource-group --api-version --key-dir --local --type' ;;
    list) takes='' flags+=' -n --name --tag --cloud-only --local-only --key-dir' ;;
    show) takes='pairs-or-files' flags+=' --api-version --key-dir' ;;
    update) takes='pairs' flags+=' --rename --description --tag --remove-tag --api-version --key-dir' ;;
    attach) takes='pairs' rest='instances' flags+=' --wait --force-stop --online --user --api-version' ;;
    detach) takes='pairs' rest='instances' flags+=' --wait --force-stop --online --user --api-version' ;;
    delete) takes='pairs' rest='pairs' flags+=' --local-files --key-dir --dry-run --api-version' ;;
    fingerprint) takes='files' rest='files' flags+=' --all --match' ;;
    regions) takes='' ;;
    providers) takes='' ;;
    auth) takes='words login status logout' ;;
    auth/login) takes='' flags+=' --secret-id --secret-stdin --store --insecure-plaintext --no-check' ;;
    auth/status) takes='' flags+=' --check' ;;
    auth/logout) takes='' ;;
    config) takes='words list get set unset path' ;;
    config/list) takes='' ;;
    config/get) takes='words provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile' ;;
    config/set) takes='words provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile' rest='settings' ;;
    config/unset) takes='words provider region site endpoint key-dir project resource-group role.arn role.session-name role.external-id role.duration profile' ;;
    config/path) takes='' ;;
    doctor) takes='' flags+=' --fix --local-only --key-dir' ;;
    trash) takes='words list restore empty' ;;
    trash/list) takes='' ;;
    trash/restore) takes='text' rest='text' flags+=' --to --dry-run' ;;
    trash/empty) takes='' flags+=' --dry-run' ;;
    sandbox) takes='words serve reset status' ;;
    sandbox/serve) takes='' flags+=' --port' ;;
    sandbox/reset) takes='' ;;
    sandbox/status) takes='' ;;
    completion) takes='words bash zsh fish powershell' ;;
    completion/bash) takes='' ;;
    completion/zsh) takes='' ;;
    completion/fish) takes='' ;;
    completion/powershell) takes='' ;;
    help) takes='words create import ensure list show update attach detach delete fingerprint regions providers auth config doctor trash sandbox completion' ;;
    help/create) takes='' ;;
    help/import) takes='' ;;
    help/ensure) takes='' ;;
    help/list) takes='' ;;
    help/show) takes='' ;;
    help/update) takes='' ;;
    help/attach) takes='' ;;
    help/detach) takes='' ;;
    help/delete) takes='' ;;
    help/fingerprint) takes='' ;;
    help/regions) takes='' ;;
    help/providers) takes='' ;;
    help/auth) takes='words login status logout' ;;
    help/auth/login) takes='' ;;
    help/auth/status) takes='' ;;
    help/auth/logout) takes='' ;;
    help/config) takes='words list get set unset path' ;;
    help/config/list) takes='' ;;
    help/config/get) takes='' ;;
    help/config/set) takes='' ;;
    help/config/unset) takes='' ;;
    help/config/path) takes='' ;;
    help/doctor) takes='' ;;
    help/trash) takes='words list restore empty' ;;
    help/trash/list) takes='' ;;
    help/trash/restore) takes='' ;;
    help/trash/empty) takes='' ;;
    help/sandbox) takes='words serve reset status' ;;
    help/sandbox/serve) takes='' ;;
    help/sandbox/reset) takes='' ;;
    help/sandbox/status) takes='' ;;
    help/completion) takes='words bash zsh fish powershell' ;;
    help/completion/bash) takes='' ;;
    help/completion/zsh) takes='' ;;
    help/completion/fish) takes='' ;;
    help/completion/powershell) takes='' ;;
    *) return 1 ;;
  esac
}

# The regions of the providers $1, a comma list, or all, in words.
_keypair_regions() {
  local id
  words=''
  for id in ${1//,/ }; do
    case $id in
      tencent | cvm | tencent-cvm) words+=' ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo ap-beijing-fsi ap-shanghai-fsi ap-shenzhen-fsi' ;;
      lighthouse | tencent-lighthouse) words+=' ap-beijing ap-guangzhou ap-hongkong ap-shanghai' ;;
      aliyun | alibaba | alicloud | ecs) words+=' cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-hangzhou-finance cn-shanghai cn-nanjing cn-fuzhou cn-shenzhen cn-heyuan cn-heyuan-acdr-1 cn-guangzhou cn-chengdu cn-zhongwei cn-wuhan-lr cn-zhengzhou-jva cn-hongkong cn-beijing-finance-1 cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-southeast-8 ap-south-1 us-east-1 us-west-1 us-southeast-1 na-south-1 eu-central-1 eu-west-1 me-east-1 me-central-1' ;;
      qcloud | tencent-legacy) words+=' ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo' ;;
    esac
  done
  [[ -n $words ]] || words='ap-bangkok ap-beijing ap-chengdu ap-chongqing ap-guangzhou ap-hongkong ap-jakarta ap-nanjing ap-seoul ap-shanghai ap-singapore ap-tokyo eu-frankfurt me-saudi-arabia na-ashburn na-siliconvalley sa-saopaulo ap-beijing-fsi ap-shanghai-fsi ap-shenzhen-fsi cn-qingdao cn-beijing cn-zhangjiakou cn-huhehaote cn-wulanchabu cn-hangzhou cn-hangzhou-finance cn-shanghai cn-nanjing cn-fuzhou cn-shenzhen cn-heyuan cn-heyuan-acdr-1 cn-guangzhou cn-chengdu cn-zhongwei cn-wuhan-lr cn-zhengzhou-jva cn-hongkong cn-beijing-finance-1 cn-shanghai-finance-1 cn-shenzhen-finance-1 cn-north-2-gov-1 ap-northeast-1 ap-northeast-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-5 ap-southeast-6 ap-southeast-7 ap-southeast-8 ap-south-1 us-east-1 us-west-1 us-southeast-1 na-south-1 eu-central-1 eu-west-1 me-east-1 me-central-1'
}

# What the program knows of this machine of kind $1, in words: nothing where it cannot be asked.
_keypair_ask() {
  words=$(command keypair __complete bash "$1=$current" "${line[@]:1:count-2}" 2>/dev/null </dev/null) || words=''
}

_keypair() {
  local IFS=$' \t\n'
  local -a line
  local count=0 i word joint glued='' ended='' path='' given=0 provider='' takes='' rest='' flags='' words=''
  local before='' colon='' current
  COMPREPLY=()

  # Bash 4 takes --flag=value and a:b for three words each; 3.2 does not.
  for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    case $word in
      '' | *[!=:]*) joint='' ;;
      *) joint=1 ;;
    esac
    if [[ $count -gt 1 && -n $joint$glued ]]; then
      line[count - 1]=${line[count - 1]}$word
    else
      line[count]=$word
      count=$((count + 1))
    fi
    glued=$joint
  done
  current=${line[count - 1]}

  for ((i = 1; i < count - 1; i++)); do
    word=${line[i]}
    if [[ -n $takes ]]; then
      [[ $takes == providers ]] && provider=$word
      takes=''
    elif [[ -z $ended ]]; then
      case $word in
        --) ended=1 ;;
        --provider=*) provider=${word#*=} ;;
        -p?*) provider=${word#-p} ;;
        -*) [[ $word == *=* ]] || _keypair_flag "$path" "$word" ;;
        *) if _keypair_command "${path:+$path/}$word"; then
            path=${path:+$path/}$word
          else
            given=1
          fi
          takes='' ;;
      esac
    else
      given=1
    fi
  done

  if [[ -z $takes && -z $ended && $current == --*=* ]]; then
    _keypair_flag "$path" "${current%%=*}"
    [[ $COMP_WORDBREAKS == *=* ]] || before=${current%%=*}=
    current=${current#*=}
  elif [[ -z $takes ]]; then
    _keypair_command "$path"
    [[ $given -eq 0 ]] || takes=$rest
    [[ -z $ended && $current == -* ]] && takes="words $flags"
  fi

  case $takes in
    files) return 0 ;;
    directories) compopt -o dirnames +o default 2>/dev/null || return 0 ;;
    providers) words='tencent cvm tencent-cvm lighthouse tencent-lighthouse aliyun alibaba alicloud ecs qcloud tencent-legacy' ;;
    regions)
      if [[ -z $provider ]]; then
        _keypair_ask provider
        provider=$words
      fi
      _keypair_regions "$provider" ;;
    words\ *) words=${takes#words } ;;
    pairs* | instances | profiles | settings) _keypair_ask "${takes%%-*}" ;;
  esac
  # Of a list, the last part; "all" is no part of one.
  case $takes:$current in
    providers:*,* | regions:*,*)
      before+=${current%,*},
      current=${current##*,} ;;
    *) case $takes:$path in
        providers: | providers:list | providers:show | providers:delete | providers:regions | providers:providers | providers:auth/status | providers:doctor | regions: | regions:import | regions:list | regions:show | regions:delete | regions:doctor) words+=' all' ;;
      esac ;;
  esac
  # Readline replaces what follows the last of its word breaks.
  if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then
    before=''
    colon=${current%:*}:
  fi
  for word in $words; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$before${word#"$colon"}")
  done
  if [[ ${#COMPREPLY[@]} -eq 0 && $takes != directories && $takes != *-or-files ]]; then
    compopt +o default 2>/dev/null || return 0
  fi
  return 0
}

complete -o default -F _keypair keypair
