# shellcheck shell=bash disable=SC2154
# graph: what Graphviz reads. Six nodes, five edges, whatever names hold.
ctl graph >"$work/graph"
check graph-status ctl graph
if command -v dot >/dev/null; then
	check graph-dot dot -Tplain -o "$work/plain" "$work/graph"
	check graph-nodes test 6 = "$(grep -c '^node ' "$work/plain")"
	check graph-edges test 5 = "$(grep -c '^edge ' "$work/plain")"
	check graph-svg eval 'dot -Tsvg "$work/graph" >"$work/svg" &&
		$python -c "import sys, xml.dom.minidom as m
m.parse(sys.argv[1])" "$work/svg"'
else
	skip "graph: graphviz is missing"
fi
