#!/bin/sh
# One redis-cli a number: each connects anew, and the exit code says whether it was acknowledged.
# Without redis-cli on this machine REDIS_CLI says how to run it.
cli=${REDIS_CLI:-redis-cli}
acknowledged='' failed=0 number=0
end=$(($(date +%s) + ${1:-6}))
echo 'under way'
while [ "$(date +%s)" -lt "$end" ]; do
  if $cli -u "$REDIS_URL" RPUSH orders "$number" 2>/dev/null | grep -q '^[0-9]'; then
    acknowledged="$acknowledged $number"
  else
    failed=$((failed + 1))
  fi
  number=$((number + 1))
done
$cli -u "$REDIS_URL" LRANGE orders 0 -1 | sort >"${TMPDIR:-/tmp}/kept.$$"
kept=$(cat "${TMPDIR:-/tmp}/kept.$$")
rm "${TMPDIR:-/tmp}/kept.$$"
missing=0
for text in $acknowledged; do
  echo "$kept" | grep -qx "$text" || missing=$((missing + 1))
done
count=$(echo $acknowledged | wc -w)
twice=$(echo "$kept" | uniq -d | wc -l)
echo "{\"acknowledged\":$count,\"missing\":$missing,\"twice\":$twice,\"errors\":{\"failed\":$failed}}"
