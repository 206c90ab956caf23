#!/usr/bin/env bash
# Installs Postgres with pgvector and Redis on Debian, from the mirror that this machine's apt already uses.
# Does nothing when they are there. Nothing is started or enabled by this script itself.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DEBIAN_FRONTEND=noninteractive

newest_postgres() { find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -n | tail -n 1; }
has_pgvector() { [ -f "/usr/share/postgresql/$1/extension/vector.control" ]; }

version=$(newest_postgres)
if [ -n "$version" ] && [ "$version" -ge 15 ] && has_pgvector "$version" && command -v redis-server >/dev/null; then
  echo "Postgres $version with pgvector and Redis are installed"
  exit 0
fi

[ "$(id -u)" = 0 ] || { echo "Run as root: sudo bash ${here##*/}/install-services.sh" >&2; exit 1; }
command -v apt-get >/dev/null || { echo 'Only Debian is known here; install Postgres 15 or newer, pgvector and Redis' >&2; exit 1; }

quiet() { local log; log=$(mktemp); "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }; rm -f "$log"; }

if [ -z "$version" ] || ! command -v redis-server >/dev/null; then
  echo 'Installing Postgres and Redis…'
  quiet apt-get update
  quiet apt-get install -y --no-install-recommends postgresql redis-server
  version=$(newest_postgres)
fi
has_pgvector "$version" && exit 0

if apt-cache show "postgresql-$version-pgvector" >/dev/null 2>&1; then
  echo 'Installing pgvector…'
  quiet apt-get install -y --no-install-recommends "postgresql-$version-pgvector"
  exit 0
fi

# Debian 12 has no pgvector: build Debian 13's source package against the installed Postgres.
echo 'Building pgvector from Debian source…'
tools=(gcc libc6-dev make dpkg-dev "postgresql-server-dev-$version")
if ! dpkg -s "${tools[@]}" >/dev/null 2>&1; then
  quiet apt-get update
  quiet apt-get install -y --no-install-recommends "${tools[@]}"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # $(…) is apt's own placeholder
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | awk -v r="$release" '$1 == r { print $2; exit }')
[ -n "$mirror" ] || { echo "No apt source for $release found" >&2; exit 1; }
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/trixie.list"

# A separate list, so that nothing else ever comes from that release.
apart=(-o "Dir::Etc::sourcelist=$work/trixie.list" -o Dir::Etc::sourceparts=- -o "Dir::State::Lists=$work/lists"
  -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
quiet apt-get "${apart[@]}" update
(cd "$work/source" && quiet apt-get "${apart[@]}" source pgvector)

cd "$work"/source/pgvector-*/
quiet make -j"$(nproc)" with_llvm=no OPTFLAGS='' PG_CONFIG="/usr/lib/postgresql/$version/bin/pg_config"
quiet make install with_llvm=no OPTFLAGS='' PG_CONFIG="/usr/lib/postgresql/$version/bin/pg_config"
has_pgvector "$version"
echo "Postgres $version with pgvector and Redis are installed"
