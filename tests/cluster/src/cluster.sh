# Keeps a cluster until standard input ends, which it does however the tests end. Prints its folder when it is up.
# With a port as its second argument it listens there too, encrypted, by a certificate of its own.
# An interrupt is for the tests; what they leave is cleared away all the same.
trap '' HUP INT TERM
bin=$1
port=$2
folder=$(mktemp -d /tmp/valor-ivx-postgres-XXXXXX) || exit 1
certify() {
    printf '%s\n' '[req]' 'distinguished_name=name' 'x509_extensions=own' '[name]' '[own]' \
        'subjectAltName=DNS:localhost' 'basicConstraints=critical,CA:FALSE' >"$folder/own.cnf"
    for one in server stranger; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -config "$folder/own.cnf" \
            -keyout "$folder/$one.key" -out "$folder/$one.crt" || return 1
        chmod 600 "$folder/$one.key"
    done
}
options="-c listen_addresses=''"
if [ -n "$port" ]; then
    options="-c listen_addresses=localhost -c port=$port -c ssl=on -c ssl_cert_file='$folder/server.crt' \
        -c ssl_key_file='$folder/server.key'"
fi
if {
    { [ -z "$port" ] || certify; } &&
        "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --no-locale --no-sync &&
        "$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/log" --wait --options="$options \
            -c unix_socket_directories='$folder' -c fsync=off -c max_connections=300" start
} </dev/null >"$folder/making" 2>&1; then
    echo "$folder"
    cat >/dev/null
    "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate stop >/dev/null 2>&1
else
    cat "$folder/making" "$folder/log" >&2
fi
rm -rf "$folder"
