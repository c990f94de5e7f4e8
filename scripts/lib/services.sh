# Services that tests need; sourced by scripts/test. Nothing here outlives the script.

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_packages() {
  command -v apt-get >/dev/null || { echo "Please install: $*" >&2; exit 1; }
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Folder with PostgreSQL's server programs, empty when there is none.
postgres_bin() {
  local found
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$found" ] && command -v initdb >/dev/null; then found=$(dirname "$(command -v initdb)"); fi
  echo "$found"
}

need_postgres() { [ -n "$(postgres_bin)" ] || install_packages postgresql; }

need_chromium() {
  if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    install_packages chromium chromium-driver
  fi
  # Japanese letters in screenshots
  [ -n "$(find /usr/share/fonts -iname '*cjk*' -print -quit 2>/dev/null)" ] || install_packages fonts-noto-cjk
}

# A port nobody answers on right now.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 40000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# A PostgreSQL of our own in a temporary folder; PostgreSQL refuses to run as root, so root hands it to the user `postgres`.
start_postgres() {
  local bin port user=()
  bin=$(postgres_bin)
  port=$(free_port)
  postgres_home=$(mktemp -d)
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$postgres_home"
    user=(setpriv --reuid postgres --regid postgres --clear-groups)
  fi
  "${user[@]}" "$bin/initdb" -D "$postgres_home/data" -U regihub -A trust >/dev/null
  "${user[@]}" "$bin/pg_ctl" -D "$postgres_home/data" -l "$postgres_home/log" -w \
    -o "-p $port -k $postgres_home -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null
  postgres_stop=("${user[@]}" "$bin/pg_ctl" -D "$postgres_home/data" -m immediate stop)
  trap stop_postgres EXIT
  postgres_programs=$bin
  "${user[@]}" "$bin/createdb" -h 127.0.0.1 -p "$port" -U regihub regihub_test
  export REGIHUB_TEST_POSTGRES="postgres://regihub@127.0.0.1:$port/regihub_test"
}

# An empty database for a hub of its own; address in REGIHUB_DEMO_POSTGRES.
createdb_for_demo() {
  "$postgres_programs/psql" -q "$REGIHUB_TEST_POSTGRES" -c 'create database regihub_demo'
  REGIHUB_DEMO_POSTGRES="${REGIHUB_TEST_POSTGRES%/*}/regihub_demo"
}

stop_postgres() {
  "${postgres_stop[@]}" >/dev/null 2>&1 || true
  rm -rf "$postgres_home"
}
