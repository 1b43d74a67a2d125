# shellcheck shell=bash disable=SC2154
# Completions: each word of the program's own tables, and peers' names.
PATH_BEFORE=$PATH
PATH=$(cd "$BUILD" && pwd):$PATH

commands() {
	{
		table commands command
		sed -n '/^} deeds\[\]/,/^};/s/^    {"\([a-z]*\)".*/\1/p' \
			netd/ctl/command.c
		table ctl_views view
	} | sort
}

# Each prints what could follow the words, the last of which is begun.
bash_completes() {
	bash -c '. netd/ctl/completion/wirelinkctl.bash
COMP_WORDS=(wirelinkctl "$@") COMP_CWORD=$#
_wirelinkctl
printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort
}
# compadd leaves out what does not match: that is zsh's part.
zsh_completes() {
	zsh -f -c 'compadd() { shift; print -rl -- "$@" }
_files() { print files }
words=(wirelinkctl "$@") CURRENT=$(($# + 1))
set --
. netd/ctl/completion/_wirelinkctl' zsh "$@" | sort
}

printf '%s\n' absent hub phone >"$work/names"
for shell in bash zsh; do
	if ! command -v $shell >/dev/null; then
		skip "completion: $shell is missing"
		continue
	fi
	completes=${shell}_completes
	check "completion-$shell-tables" test 11 -le "$(commands | wc -l)" \
		-a 7 -le "$(table shows command | wc -l)"
	check "completion-$shell-commands" \
		diff <(commands) <($completes "")
	check "completion-$shell-show" \
		diff <(table shows command) <($completes show "")
	check "completion-$shell-log" \
		diff <(table levels command) <($completes log "")
	for words in why probe 'show trust' 'show candidates' 'export -b'; do
		# shellcheck disable=SC2086
		check "completion-$shell-${words// /-}" diff "$work/names" \
			<($completes -R "$work" $words "")
	done
	check "completion-$shell-format" diff <(printf '%s\n' pdf png svg) \
		<($completes graph -T "")
	check "completion-$shell-interface" test wg0 = \
		"$($completes -R "$work" -i "")"
	check "completion-$shell-nobody" test "" = \
		"$($completes -i none why "")"
done
# In a zsh that completes, not one that is played.
zsh_live() {
	diff <(printf '%s\n' reload counters hub phone) \
		<($python tests/ctl/zsh_live.py "$(cd "$BUILD" && pwd)" "$work")
}
if command -v zsh >/dev/null && has pty; then
	check completion-zsh-syntax zsh -n netd/ctl/completion/_wirelinkctl
	check completion-zsh-live zsh_live
fi
check completion-bash-beginning test hub = \
	"$(bash_completes -R "$work" why h)"
check completion-bash-command test export = "$(bash_completes exp)"

# A name is text, whatever is in it.
mkdir "$work/bin"
printf '#!/bin/sh\ncat <<"X"\nName = $(touch %s/run) `x`\nX\n' "$work" \
	>"$work/bin/wirelinkctl"
chmod +x "$work/bin/wirelinkctl"
evil() {
	local name
	name=$(PATH=$work/bin:$PATH bash_completes why "")
	eval "name=$name"
	[ "$name" = "\$(touch $work/run) \`x\`" ] && [ ! -e "$work/run" ]
}
check completion-bash-quotes evil
PATH=$PATH_BEFORE
