#!/bin/sh
# Does what the official images' entrypoint does; `build` fills the names in.
set -e

# Options alone, or a configuration file alone, are meant for the server.
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
  set -- @SERVER@ "$@"
fi

# The server never runs as root: what lies in /data becomes its user's, then root is dropped.
if [ "$1" = '@SERVER@' ] && [ "$(id -u)" = '0' ]; then
  find . \! -user @USER@ -exec chown @USER@ '{}' +
  exec setpriv --reuid=@USER@ --regid=@USER@ --clear-groups -- "$0" "$@"
fi

# What the server writes is its own business, unless somebody has asked for another mask.
if [ "$(umask)" = '0022' ]; then
  umask 0077
fi

exec "$@"
