#!/bin/sh
# What a user's script may look like: make key pairs, bind one, look, and clean up. Everything in the sandbox.
set -eu
export KEYPAIR_SANDBOX=1 KEYPAIR_PROVIDER=tencent KEYPAIR_REGION=ap-shanghai

printf '%s\n' web_1 web_2 db_1 | while read -r name; do
  file=$(keypair create --name "$name" --tag env=test --quiet)
  test -f "$file" && echo "made $name"
done

# Nothing changes when it is there already.
keypair ensure --name db_1 --json | jq -r '"ensured " + .name'

id=$(keypair list --name web_1 --json | jq -r '.[0].id')
keypair attach "$id" ins-sandbox3 --wait --yes --json | jq -r '.instance + " attached: " + (.attached | tostring)'
keypair show web_1 --json | jq -r '"web_1 is on " + (.instances | join(","))'

# A pair that is bound stays; the exit code says why.
code=0
keypair delete web_1 --yes 2>/dev/null || code=$?
echo "delete while bound: exit $code"

keypair detach web_1 ins-sandbox3 --wait --yes --quiet >/dev/null
keypair list --tag env=test --quiet | while read -r name; do
  keypair delete "$name" --yes --local-files --json | jq -r '"deleted " + .name'
done
echo "left: $(keypair list --json | jq length), files: $(ls "$HOME/.ssh" | wc -l | tr -d ' ')"
