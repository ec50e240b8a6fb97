/**
 * What happens to the files when data are set aside, as a shell script that Debian and Alpine
 * images can run: `sh -c SCRIPT rrepl ACTION …`. It prints the record of what is set aside
 * afterwards, a line of JSON, or nothing where nothing is; it exits with 1 and says why if it
 * could not.
 *
 *     /data/rrepl-set-aside/info.json   the record; it names the folder, and what no record names is void
 *     /data/rrepl-set-aside/FOLDER/     the files
 *     /data/rrepl-set-aside/.swap       a swap that has begun: whoever comes next finishes it
 *
 * So whatever is killed at whatever moment, there is the old record or the new one.
 */

export const SET_ASIDE_SCRIPT = `
cd /data || exit 1
aside=rrepl-set-aside only=''
server=$(command -v valkey-server || command -v redis-server)
check=$(command -v valkey-check-rdb || command -v redis-check-rdb)

# Runs a command for each of the server's files. What a killed save has left is none of them.
each() {
  for name in * .[!.]*; do
    case $name in $aside | lost+found | temp-*) continue ;; esac
    [ -e "$name" ] || continue
    [ -z "$only" ] || [ "$name" = "$only" ] || continue
    "$@" "$name" || return 1
  done
}

# An RDB without data ends right after its auxiliary fields: with one byte and a checksum. Behind the
# keys 6.0 writes cached scripts, as auxiliary fields too.
holds_data() {
  if [ -d "$1" ]; then
    for file in "$1"/*; do
      if [ -e "$file" ] && holds_data "$file"; then return 0; fi
    done
    return 1
  fi
  case $1 in *.manifest) return 1 ;; esac
  size=$(stat -c %s "$1")
  [ "$size" -gt 0 ] || return 1
  [ "$size" -lt 1024 ] || return 0
  report=$("$check" "$1" 2>/dev/null)
  case $report in *'] Selecting DB ID '*) return 0 ;; esac
  fields=$(printf '%s\\n' "$report" | sed -n 's/^\\[offset \\([0-9]*\\)\\] AUX FIELD .*/\\1/p' | tail -n 1)
  [ "\${fields:-0}" -ne $((size - 9)) ]
}

# A server writes a new RDB beside the old one and renames it; to an AOF it appends.
copy() {
  case $1 in
    *.rdb) ln "$1" "$aside/$folder/$1" 2>/dev/null || cp -p "$1" "$aside/$folder/$1" ;;
    *) cp -Rp "$1" "$aside/$folder/$1" ;;
  esac
}

# Whether a file, or a folder of them, is set aside already: as a link, or as a copy that keeps the times.
same() {
  [ -e "$2" ] || return 1
  [ "$1" -ef "$2" ] || [ "$(parts "$1")" = "$(parts "$2")" ]
}

parts() {
  if [ -d "$1" ]; then (cd "$1" && find . -type f -exec stat -c '%n %s %y' {} \\;) | sort; else stat -c '%s %y' "$1"; fi
}

move_out() { mv "$1" "$aside/$folder/$1"; }

own() { chown "$(stat -c %u:%g .)" "$@"; }

# The record of what lies in the folder takes the place of the one before, and the rest is cleared.
record() {
  bytes=0
  for size in $(find "$aside/$folder" -type f -exec stat -c %s {} \\;); do bytes=$((bytes + size)); done
  if [ "$bytes" -eq 0 ]; then clear_all; return; fi
  has_aof=false aof_newer=false
  for file in "$aside/$folder/$aof" "$aside/$folder"/*/"$aof".*; do
    [ -e "$file" ] || continue
    has_aof=true
    [ ! "$file" -nt "$aside/$folder/$rdb" ] || aof_newer=true
  done
  head='' keys=null
  if [ -f "$aside/$folder/$rdb" ]; then
    head=$(head -c 1024 "$aside/$folder/$rdb" | base64 | tr -d '\\n')
    if [ "$(stat -c %s "$aside/$folder/$rdb")" -lt 16777216 ]; then
      keys=$("$check" "$aside/$folder/$rdb" 2>/dev/null | sed -n 's/^\\[info\\] \\([0-9]*\\) keys read.*/\\1/p' | head -n 1)
    fi
  fi
  version=$("$server" --version 2>/dev/null | head -n 1 | tr -d '"\\\\')
  printf '{"folder":"%s","about":%s,"version":"%s","bytes":%s,"aof":%s,"aofNewer":%s,"keys":%s,"rdbHead":"%s"}\\n' \\
    "$folder" "$about" "$version" "$bytes" "$has_aof" "$aof_newer" "\${keys:-null}" "$head" > $aside/.info || return 1
  own $aside "$aside/$folder" $aside/.info && mv -f $aside/.info $aside/info.json || return 1
  for file in $aside/*; do
    case $file in $aside/info.json | "$aside/$folder") ;; *) rm -rf "$file" ;; esac
  done
}

# The folder that the record names.
recorded() { sed -n 's/^{"folder":"\\([^"]*\\)".*/\\1/p' $aside/info.json 2>/dev/null; }

clear_all() { rm -f $aside/info.json && rm -rf $aside; }

# Everything has left before anything comes in, so that it can go on from wherever it stopped.
finish_swap() {
  [ -e $aside/.swap ] || return 0
  { read -r old; read -r folder; read -r about; read -r aof; read -r rdb; } < $aside/.swap
  mkdir -p "$aside/$folder" || return 1
  [ -e $aside/.out ] || { each move_out && : > $aside/.out; } || return 1
  for file in "$aside/$old"/* "$aside/$old"/.[!.]*; do
    [ ! -e "$file" ] || mv "$file" . || return 1
  done
  record && rm -f $aside/.swap $aside/.out
}

failed() {
  rmdir $aside 2>/dev/null
  df -Pk . | tail -n 1
  exit 1
}

exec 2>&1
finish_swap || failed
action=$1 new=$2 about=$3 aof=$4 rdb=$5 only=$6
case $action in
  keep)
    any='' fresh='' folder=$new old=$(recorded)
    look() {
      holds_data "$1" || return 0
      any=yes
      # Of a file that is set aside already the record stays: it says what the server was that wrote it.
      same "$1" "$aside/$old/$1" || fresh=yes
    }
    each look
    [ -n "$any" ] || exit 0
    if [ -n "$fresh" ]; then
      mkdir -p "$aside/$folder" || failed
      { each copy && record; } || { rm -rf "\${aside:?}/$folder" $aside/.info; failed; }
    fi
    ;;
  swap)
    old=$(recorded)
    [ -n "$old" ] || { echo 'nothing is set aside'; exit 1; }
    rm -f $aside/.out
    printf '%s\\n' "$old" "$new" "$about" "$aof" "$rdb" > $aside/.swap.new || failed
    mv -f $aside/.swap.new $aside/.swap && finish_swap || failed
    ;;
  discard) clear_all || failed ;;
esac
[ ! -e $aside/info.json ] || cat $aside/info.json
`;
