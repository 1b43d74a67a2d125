#!/bin/sh
# dist.sh VERSION ARCHIVE: the source archive: what git has, or, where there is
# no git, all but the build. The same files make the same bytes, wherever
# and whenever.
set -eu
cd "${0%/*}/../.."
version=$1 archive=$2
BUILD=${BUILD:-build}

[ "$version" = "$(tests/pkg/changes.sh version)" ] || {
	echo "docs/CHANGELOG.md is about another version than $version" >&2
	exit 1
}
mkdir -p "${archive%/*}"
list=$archive.files
if ! { [ -e .git ] && git ls-files >"$list" 2>/dev/null; }; then
	find . \( -path ./.git -o -path ./build -o -path "./${BUILD#./}" \) \
		-prune -o ! -type d -print | sed 's|^\./||' >"$list"
fi
LC_ALL=C sort -o "$list" "$list"
tar -c --format=ustar --no-recursion --owner=0 --group=0 --numeric-owner \
	--mode='u=rwX,go=rX' --mtime="@$(tests/pkg/changes.sh date)" \
	--transform "s|^|wirelink-$version/|" -T "$list" \
	-f "$archive.tar"
gzip -9n <"$archive.tar" >"$archive"
rm "$list" "$archive.tar"
