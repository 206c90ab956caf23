#!/bin/sh
# The server's own commands go to its program, everything else to the command line:
#   start | dev | migrate | doctor …    agents list, runs get ID, --help …
set -eu
root=$(CDPATH='' cd -P "$(dirname "$0")/../.." && pwd)

case ${1:-start} in
  start | dev | migrate | doctor)
    exec node --enable-source-maps "$root/apps/runtime/dist/main.js" "$@"
    ;;
  *)
    exec "$root/bin/openloop" "$@"
    ;;
esac
