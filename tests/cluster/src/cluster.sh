# Keeps a cluster until standard input ends, which it does however the tests end. Prints its folder when it is up.
# An interrupt is for the tests; what they leave is cleared away all the same.
trap '' HUP INT TERM
bin=$1
folder=$(mktemp -d /tmp/valor-ivx-postgres-XXXXXX) || exit 1
if {
    "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --no-locale --no-sync &&
        "$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --wait --options="-c listen_addresses='' \
            -c unix_socket_directories='$folder' -c fsync=off -c max_connections=300" start
} </dev/null >"$folder/making" 2>&1; then
    echo "$folder"
    cat >/dev/null
    "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate stop >/dev/null 2>&1
else
    cat "$folder/making" "$folder/log" >&2
fi
rm -rf "$folder"
