#!/usr/bin/env bash
# Tests the parts of ./dev that could do harm: ending processes, choosing ports, asking for packages.
# usage: dev_test.sh ROOT
set -euo pipefail

# shellcheck source=/dev/null
source "$1/dev"
RUN=$(mktemp -d)
trap 'rm -rf "$RUN"' EXIT
FAILED=0

expect() {
  local what=$1
  shift
  if "$@"; then
    printf 'ok      %s\n' "$what"
  else
    printf 'FAILED  %s\n' "$what"
    FAILED=1
  fi
}
# shellcheck disable=SC2317  # Both are called through expect.
not() { ! "$@"; }
# shellcheck disable=SC2317
same() { [[ $1 == "$2" ]]; }

# A process that lives until it is told to end.
start idle tail -f /dev/null
idle=$(running_pid idle)
expect "what was started is known to run" test -n "$idle"

printf '%s %s\n' "$idle" 1 >"$RUN/stranger.pid"
expect "a pid that another process has by now is not taken for ours" not running_pid stranger
stop stranger
expect "and is not ended" test -n "$(start_time "$idle")"

printf '%s \n' 4194304 >"$RUN/stillborn.pid"
expect "a process that ended at once is not taken to run" not running_pid stillborn

stop idle >/dev/null
expect "stop ends what was started" not start_time "$idle"
expect "and forgets its pid" not test -e "$RUN/idle.pid"
expect "stopping what never ran is no fault" stop idle

# A listener on a port of the system's choice.
coproc LISTENER { exec python3 -c '
import socket, sys
door = socket.create_server(("127.0.0.1", 0))
print(door.getsockname()[1], flush=True)
sys.stdin.read()'; }
read -r busy <&"${LISTENER[0]}"
chosen=$(free_port "$busy" 2>"$RUN/said")
expect "a port in use is chosen around" test "$chosen" -gt "$busy"
expect "and that is said" grep -q "port $busy is in use" "$RUN/said"
expect "a free port is taken as asked" same "$chosen" "$(free_port "$chosen")"
eval "exec ${LISTENER[1]}>&-"

expect "installed packages are not missing" same "" "$(missing_packages bash coreutils)"
expect "others are, each once" same "no-such-package-a" \
  "$(missing_packages bash no-such-package-a no-such-package-a)"

exit "$FAILED"
