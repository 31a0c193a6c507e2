/**
 * The program that looks for a key in authorized_keys, adds it or removes it: POSIX sh, for dash, bash and busybox. It
 * reads its arguments from variables, which `keysScript` assigns before it: `m` the marker, `op`, `user`, `type`, `blob`,
 * `comment`, `files` (octal, see `enc`, with `_` between them), `life` (seconds), `all` (1: every account).
 *
 * - It is one group of commands, so a shell that reads it from stdin has read it to its end before it begins, and
 *   nothing in it reads stdin. Its only output is the answer, each line with the marker: whatever a profile, a banner or
 *   a background process prints is no part of it.
 * - `scan` reads a file as sshd does (auth2-pubkeyfile.c, auth-options.c): a line may have options, whose quotes protect
 *   spaces. sshd takes the first line whose key fits and whose options do not refuse it. So a `command=` hides every
 *   later line of that key (`forced`), and the new line goes to the top; a line that is expired, for certificates
 *   (`cert-authority`, `principals=`) or of another type is skipped (`dead`). `from=` cannot be judged here and counts
 *   as open. All lines of the key go when it is removed.
 * - A changed file is written beside the old one and renamed, with the owner, group, mode and access list that `ls` shows
 *   for the old one, or not at all. What was read is compared once more before the rename. `dd` syncs it: XFS may keep an
 *   empty file otherwise.
 * - Links are refused, also those inside the home: it could not be renamed into the place of the file they lead to.
 * - Text in the answer is octal (`enc`): `od`, `tr` and `printf %b` are everywhere, `base64` is not.
 */
export const AUTHORIZED_KEYS_SCRIPT = String.raw`
unalias -a 2>/dev/null
{
  set +e +f +u +v +x +C
  unset TZ IFS
  LC_ALL=C
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
  export LC_ALL PATH
  umask 077
  tmp='' accounts='' hosts='' asked=0 list='' many=''
  presence='' expires=- holding='' hidden=''
  state='' until=- top=0 n=0 nr=0 lines=''
  trap 'rm -f "$tmp"' EXIT
  trap 'exit 1' HUP INT TERM

  enc() {
    if [ -n "$1" ]; then printf %s "$1" | od -An -v -b | tr -cd 0-7; else printf %s -; fi
  }
  dec() { printf %b "$(printf %s "$1" | sed 's/.../\\0&/g')"; }

  answer() {
    if [ -n "$list" ]; then
      [ "$op" = look ] || survey "$list"
      accounts="$m account $(enc "$user") $presence $list
$accounts"
    fi
    printf '\n%s result %s %s %s %s %s\n%s\n%s\n%s end\n' "$m" "$1" "$2" "$(enc "$3")" "$asked" "$expires" \
      "$accounts" "$hosts" "$m"
    exit 0
  }
  refuse() { answer refused "$1" "$2"; }

  for x in awk cat chmod cksum cp cut date dd dirname head id ls mkdir mv od rm sed tail tr; do
    command -v "$x" >/dev/null || refuse no-tools ''
  done
  now=$(date +%Y%m%d%H%M%S)
  utc=$(date -u +%Y%m%d%H%M%S)

  size() { ls -ldnL "$1" | awk '{ print $5; exit }'; }
  is_small() { [ "$(size "$1")" -le 8388608 ]; }
  is_text() { [ "$(tr -d '\000' <"$1" | cksum)" = "$(cksum <"$1")" ]; }

  # Sets state, until, top, n, nr, lines. What awk prints are words and digits.
  scan() {
    state=odd until=- top=0 n=0 nr=0 lines=''
    if [ -f "$1" ] && [ -r "$1" ] && is_small "$1" && is_text "$1"; then
      eval "$(awk -v blob="$blob" -v type="$type" -v now="$now" -v utc="$utc" '
        function option(name, value, z) {
          name = tolower(name)
          if (name == "cert-authority" || name == "principals=") kind = "dead"
          else if (name == "command=" && kind == "open") kind = "forced"
          else if (name == "expiry-time=") {
            z = sub(/([Zz]|[Uu][Tt][Cc])$/, "", value)
            if (value !~ /^[0-9]+$/ || (length(value) != 8 && length(value) != 12 && length(value) != 14)) kind = "dead"
            value = substr(value "000000", 1, 14)
            if (value "" < (z ? utc : now) "") kind = "dead"
            if (z) value = "0"
            if (end == "" || value "" < end "") end = value
          }
        }
        BEGIN { state = "none" }
        index($0, blob) {
          s = $0
          gsub(/\r/, "", s)
          sub(/^[ \t]+/, "", s)
          if (s ~ /^#/) next
          if (length(s) > 65536) { odd = 1; next }
          kind = "open"
          end = ""
          split(s, w, /[ \t]+/)
          if (w[1] ~ /"/ || w[2] != blob) {
            name = value = ""
            quoted = 0
            for (i = 1; i <= length(s); i++) {
              c = substr(s, i, 1)
              if (c == "\\" && substr(s, i + 1, 1) == "\"") { value = value "\""; i++ }
              else if (c == "\"") quoted = !quoted
              else if (quoted) value = value c
              else if (c == "," || c == " " || c == "\t") {
                option(name, value)
                name = value = ""
                if (c != ",") break
              } else name = name c
            }
            s = substr(s, i)
            sub(/^[ \t]+/, "", s)
            split(s, w, /[ \t]+/)
            if (w[2] != blob) next
          }
          if (w[1] != type && !(type == "ssh-rsa" && w[1] ~ /^rsa-sha2-(256|512)$/)) kind = "dead"
          n++
          lines = lines NR "d;"
          if (kind == "forced") top = 1
          if (kind == "open" && !top) {
            if (end == "") forever = 1
            else if (end "" > until "") until = end
          }
          if (state == "none" || state == "dead") state = kind
        }
        END {
          if (odd) exit
          if (forever || until + 0 == 0) until = "-"
          print "state=" state " until=" until " top=" top + 0 " n=" n + 0 " nr=" NR + 0 " lines=\"" lines "\""
        }' <"$1")"
    elif [ ! -e "$1" ] && [ ! -h "$1" ]; then
      d=$1
      while [ ! -d "$d" ]; do d=$(dirname "$d"); done
      [ -x "$d" ] && state=none
    fi
  }

  # Sets presence, expires, holding: the files that have the key, and hidden: one may have it, as sshd reads it.
  survey() {
    presence=absent expires=- holding='' hidden=''
    for x in $1; do
      scan "$(dec "$x")"
      [ "$n" = 0 ] || holding="$holding$x "
      case $presence/$state in
        present/* | disabled!/*) ;;
        */open) presence=present expires=$until ;;
        */forced) presence=disabled! ;;
        */odd)
          presence=unreadable
          [ ! -f "$(dec "$x")" ] || hidden=1
          ;;
        absent/dead) presence=disabled ;;
      esac
    done
    [ "$presence" = disabled! ] && presence=disabled
  }

  ask() {
    case $1 in *,*) return ;; esac
    for x in ,laddr=203.0.113.2,lport=22 ''; do
      sshd -T -C "user=$1,host=203.0.113.1,addr=203.0.113.1$x" && break
    done
  }
  # The files of an account: configuration, name, home, uid.
  paths() {
    if [ -n "$1" ]; then
      printf '%s\n' "$1" | U=$2 H=$3 I=$4 awk '
        $1 == "authorizedkeysfile" {
          for (i = 2; i <= NF && i < 6; i++) {
            if ($i == "none") continue
            p = ""
            for (j = 1; j <= length($i); j++) {
              c = substr($i, j, 1)
              if (c == "%") {
                c = substr($i, ++j, 1)
                if (c == "h") c = ENVIRON["H"]
                if (c == "u") c = ENVIRON["U"]
                if (c == "U") c = ENVIRON["I"]
              }
              p = p c
            }
            print p ~ /^\// ? p : ENVIRON["H"] "/" p
          }
          exit
        }'
    else
      printf '%s\n' "$3/.ssh/authorized_keys" "$3/.ssh/authorized_keys2"
    fi | while IFS= read -r p; do
      enc "$p"
      printf ' '
    done
  }

  entries() {
    if command -v getent >/dev/null; then getent passwd "$@"; else cat /etc/passwd; fi
  }
  # The other accounts that have the key, or a file that hides it. Fails if there are too many accounts to look at, or to tell.
  others() {
    entries | {
      seen=0 told=0
      while IFS=: read -r u _ i _ _ h _; do
        if [ "$u" = "$user" ] || [ ! -d "$h" ]; then continue; fi
        seen=$((seen + 1))
        survey "$(paths "$(ask "$u")" "$u" "$h" "$i")"
        if [ -n "$holding$hidden" ]; then
          told=$((told + 1))
          printf '%s account %s %s %s\n' "$m" "$(enc "$u")" "$presence" "$holding"
        fi
        if [ $seen -ge 300 ] || [ $told -ge 60 ]; then exit 1; fi
      done
    }
  }

  host_keys() {
    if [ -n "$config" ]; then
      printf '%s\n' "$config" | sed -n 's/^hostkey //p'
    else
      printf '%s\n' /etc/ssh/ssh_host_*_key.pub | sed 's/\.pub$//'
    fi | head -n 6 | while IFS= read -r p; do
      [ -f "$p.pub" ] && awk -v m="$m" 'NF > 1 && length($2) < 3000 { print m, "host", $1, $2; exit }' <"$p.pub"
    done
  }

  entry=$(entries "$user" | awk -F: -v u="$user" '$1 "" == u "" { print; exit }')
  if [ -n "$entry" ]; then
    uid=$(printf '%s\n' "$entry" | cut -d: -f3)
    home=$(printf '%s\n' "$entry" | cut -d: -f6 | sed 's:/*$::')
  elif [ "$(id -un)" = "$user" ]; then
    uid=$(id -u)
    home=$HOME
  else
    refuse no-user ''
  fi
  [ "$op" = look ] || [ "$(id -un)" = "$user" ] || refuse other-user ''
  [ -d "$home" ] || refuse no-home "$home"

  if [ "$op" = look ]; then
    config=$(ask "$user")
    [ -n "$config" ] && asked=1
    list=$(paths "$config" "$user" "$home" "$uid")
    hosts=$(host_keys)
    if [ "$all" = 1 ]; then
      accounts=$(others) || many=1
      # The substitution has removed the last newline.
      [ -z "$accounts" ] || accounts="$accounts
"
    fi
    survey "$list"
    [ -e "$home/.ssh/authorized_keys.d" ] && refuse keys-directory "$home/.ssh/authorized_keys.d"
    case $config in *'authorizedkeyscommand /'*) refuse keys-command '' ;; esac
    [ -n "$list" ] || refuse no-file ''
    [ -z "$many" ] || refuse too-many-accounts ''
    answer looked - ''
  fi

  [ "$files" = - ] && refuse no-file ''
  if [ -n "$files" ]; then list=$(printf %s "$files" | tr _ ' '); else list=$(paths '' "$user" "$home" "$uid"); fi
  [ -e "$home/.ssh/authorized_keys.d" ] && refuse keys-directory "$home/.ssh/authorized_keys.d"

  is_own() { [ "$(ls -ldn "$1" | awk '{ print $3; exit }')" = "$uid" ]; }
  attributes() { ls -ldn "$1" | awk '{ print $1, $3, $4; exit }'; }
  sum() { if [ -e "$1" ]; then cksum <"$1"; else echo none; fi; }

  # Refuses a file that must not be changed.
  guard() {
    d=$1
    while [ "$d" != "$home" ] && [ "$d" != / ]; do
      [ -h "$d" ] && refuse link "$d"
      d=$(dirname "$d")
    done
    d=$(dirname "$1")
    [ -e "$d" ] || [ "$d" != "$home/.ssh" ] || { mkdir "$d" && restorecon -F "$d"; }
    [ -d "$d" ] || refuse not-writable "$d"
    is_own "$d" || refuse not-own "$d"
    if [ -e "$1" ]; then
      [ -f "$1" ] || refuse not-own "$1"
      is_own "$1" || refuse not-own "$1"
      [ -r "$1" ] || refuse not-writable "$1"
      [ -w "$1" ] || refuse not-writable "$1"
      is_small "$1" || refuse too-large "$1"
      is_text "$1" || refuse not-text "$1"
    fi
    [ -w "$d" ] || refuse not-writable "$d"
  }

  # The text of a file with the new line.
  with_line() {
    [ "$top" = 1 ] && printf '%s\n' "$line"
    [ -s "$1" ] && cat "$1"
    if [ "$top" = 0 ]; then
      [ -s "$1" ] && [ -n "$(tail -c 1 "$1")" ] && echo
      printf '%s\n' "$line"
    fi
  }

  change() {
    sum=$(sum "$1")
    scan "$1"
    [ "$state" = odd ] && refuse too-large "$1"
    [ "$op/$n" = remove/0 ] && return
    t=$(dirname "$1")/.keypair-$m-$$
    (set -C && : >"$t") || refuse not-writable "$1"
    tmp=$t
    if [ -e "$1" ]; then cp -p "$1" "$tmp" || refuse not-writable "$1"; fi
    if [ "$op" = add ]; then
      with_line "$1" >"$tmp"
      want=open/$((nr + 1))
    else
      sed "$lines" "$1" >"$tmp" || refuse not-writable "$1"
      want=none/$((nr - n))
    fi
    scan "$tmp"
    [ "$state/$nr" = "$want" ] || refuse not-writable "$1"
    dd if=/dev/null of="$tmp" conv=notrunc,fsync || sync
    [ "$sum" = none ] || [ "$(attributes "$tmp")" = "$(attributes "$1")" ] || refuse attributes "$1"
    [ "$sum" = "$(sum "$1")" ] || refuse changed-meanwhile "$1"
    mv -f "$tmp" "$1" || refuse not-writable "$1"
    tmp=''
    changed=$1
    restorecon -F "$1"
  }

  survey "$list"
  if [ "$op" = add ]; then
    end=-
    if [ -n "$life" ]; then
      at() { date -d "@$(($(date +%s) + $1))" +%Y%m%d%H%M%S; }
      end=$(at "$life")
      [ "$(at 0)" -ge "$now" ] || refuse no-clock ''
      [ "$end" -gt "$now" ] || refuse no-clock ''
    fi
    if [ $presence = present ]; then
      [ "$expires" = - ] && answer unchanged - ''
      # The same call once more, after its answer was lost.
      [ "$end" != - ] && [ "$expires" -ge "$(at $((life - 120)))" ] && answer unchanged - ''
    fi
    line="$type $blob"
    [ -n "$comment" ] && line="$line $comment"
    [ "$end" != - ] && line="expiry-time=\"$end\" $line"
    for x in $list; do
      f=$(dec "$x")
      guard "$f"
      change "$f"
      answer added - "$f"
    done
  fi

  holders=$holding
  # A file that cannot be read may have the key: guard and change say why.
  [ $presence = unreadable ] && holders=$list
  [ -n "$holders" ] || answer unchanged - ''
  for x in $holders; do guard "$(dec "$x")"; done
  changed=''
  for x in $holders; do
    f=$(dec "$x")
    if [ -e "$f" ]; then change "$f"; fi
  done
  [ -n "$changed" ] || answer unchanged - ''
  answer removed - "$changed"
} </dev/null 2>/dev/null
`;
