# shellcheck shell=bash
# Completion of wirelinkctl(8) for bash. Peers' names are asked of the daemon
# and come from other hosts: each is quoted, none is evaluated.

# Names that start with what was typed; the arguments say which daemon.
_wirelinkctl_peers() {
	local name
	while IFS= read -r name; do
		printf -v name %q "$name"
		[[ $name == "$cur"* ]] && COMPREPLY+=("$name")
	done < <(wirelinkctl "$@" export 2>/dev/null | sed -n 's/^Name = //p')
}

_wirelinkctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} word args=() opts=() i
	local dir=/run/wirelink
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		-[binoT])
			i=$((i + 1))
			[[ $word = -i && $i -lt $COMP_CWORD ]] &&
				opts+=(-i "${COMP_WORDS[i]}")
			;;
		-R)
			i=$((i + 1))
			[[ $i -lt $COMP_CWORD ]] && dir=${COMP_WORDS[i]} &&
				opts+=(-R "$dir")
			;;
		-*) ;;
		*) args+=("$word") ;;
		esac
	done
	word=
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-i)
		for i in "$dir"/*.sock; do
			i=${i##*/}
			[[ $i = '*.sock' ]] || word+=" ${i%.sock}"
		done
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
		return ;;
	-o)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	-R)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return ;;
	-T) args=(-T) ;;
	-b)
		_wirelinkctl_peers "${opts[@]}"
		return ;;
	esac
	case "${args[*]}" in
	'') word='show why plan monitor probe forget log reload metrics graph
		export import init eject top' ;;
	show) word='peers facts counters self sandbox policy candidates
		trust' ;;
	log) word='brief verbose debug' ;;
	export) word=-b ;;
	graph) word=-T ;;
	-T) word='svg png pdf' ;;
	top) word=-n ;;
	eject) word='-f -o' ;;
	why | probe | forget | 'show candidates' | 'show trust')
		_wirelinkctl_peers "${opts[@]}"
		return ;;
	import | init)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	esac
	[[ ${#args[@]} -eq 0 && $cur = -* ]] && word='-b -f -i -j -n -o -R -T -v'
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}

complete -F _wirelinkctl wirelinkctl
