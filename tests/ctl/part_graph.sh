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
	# The same by itself: dot is another process, which has nothing of ours.
	check graph-T-svg eval 'ctl graph -T svg >"$work/svg" 2>"$work/err" &&
		$python -c "import sys, xml.dom.minidom as m
assert m.parse(sys.argv[1]).documentElement.tagName == \"svg\"" "$work/svg"'
	check graph-T-svg-edges test 5 = "$(grep -c 'class="edge"' "$work/svg")"
	check graph-T-quiet test ! -s "$work/err"
	check graph-T-png eval 'ctl graph -T png | head -c 8 | grep -q PNG'
	check graph-T-unknown status_is 1 ctl graph -T nothing
	check graph-T-nobody status_is 1 ctl -i none graph -T svg
else
	skip "graph: graphviz is missing"
fi
check graph-T-format status_is 2 ctl graph -T ../x
check graph-T-alone status_is 2 ctl -T svg metrics
