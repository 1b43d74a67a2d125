# shellcheck shell=bash disable=SC2154
# docs/recipes.md: each configuration in it is right, without a warning; what
# it has of the Go program can be imported; its commands are there.
awk -v dir="$work" '
	/^## / { name = substr($0, 4); gsub(/[^A-Za-z]+/, "-", name) }
	/^```conf$/ { f = sprintf("%s/recipe-%02d-%s.conf", dir, ++n, name); next }
	/^```json$/ { f = dir "/recipe.json"; next }
	/^```$/ { f = ""; next }
	f != "" { print >f }
' docs/recipes.md
configured() {
	local said
	said=$("$BUILD/wirelinkd" -n -i wg0 -f "$1" 2>&1)
	echo "$said"
	[ "$said" = "configuration OK" ]
}
recipes=0
for f in "$work"/recipe-*.conf; do
	name=${f##*/recipe-}
	check "recipe-${name%.conf}" configured "$f"
	recipes=$((recipes + 1))
done
check recipes-are-found test "$recipes" -ge 10
check recipe-import eval 'ctl -i none import "$work/recipe.json" \
	>"$work/imported.conf" && configured "$work/imported.conf"'
# Commands in code, known by the table of wirelinkctl.
check recipe-commands eval 'grep -oE "wirelinkctl [a-z]+" docs/recipes.md |
	sed "s/.* //" | sort -u >"$work/named"
	[ "$(wc -l <"$work/named")" -ge 8 ] &&
	[ -z "$(comm -23 "$work/named" <("$BUILD/wirelinkctl" 2>&1 |
		grep -oE "[a-z]+" | sort -u))" ]'
# And reasons, by the page that lists them.
check recipe-reasons eval 'grep -oE "\`[a-z]+(-[a-z]+)+\`" docs/recipes.md |
	tr -d "\`" | sort -u | while read -r r; do
		case $r in wg-quick) continue ;; esac
		grep -q "\"$r\"" proto/reason.h || { echo "$r"; exit 1; }
	done'
