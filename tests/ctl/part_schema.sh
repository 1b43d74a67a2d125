# shellcheck shell=bash disable=SC2154
# -j: what each command prints is as docs/ctl.schema.json says. A policy is
# told in more than one way, in turns.
check schema-version grep -q "\"version\": {\"const\": $(sed -n \
	's/^#define JSON_VERSION //p' netd/ctl/json.h)}" docs/ctl.schema.json
if has jsonschema; then
	for words in 'show peers' 'show facts' 'show counters' 'show self' \
		'show sandbox' 'show policy' 'show policy' 'show candidates hub' \
		'show trust hub' \
		'why hub' plan monitor; do
		# shellcheck disable=SC2086
		ctl -j $words >"$work/json"
		words=${words% hub}
		check "schema-${words/ /-}" $python tests/ctl/schema.py \
			docs/ctl.schema.json "${words/ /_}" "$work/json"
	done
else
	skip "schema: python3-jsonschema is missing"
fi
# No command is without a definition.
check schema-shows diff <(sed -n 's/^		"show_\([a-z]*\)": {$/\1/p' \
	docs/ctl.schema.json | sort) <(table shows command)
