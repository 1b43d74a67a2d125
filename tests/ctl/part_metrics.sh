# shellcheck shell=bash disable=SC2154
# metrics: OpenMetrics as a parser that is not ours reads it.
ctl metrics >"$work/metrics"
check metrics-status ctl metrics
check metrics-no-json eval '! ctl -j metrics'
if has prometheus_client.openmetrics.parser; then
	check metrics-parse $python tests/ctl/metrics.py "$work/metrics"
	# A file that ends too early is none.
	sed '$d' "$work/metrics" >"$work/cut"
	check metrics-cut eval '! $python tests/ctl/metrics.py "$work/cut"'
else
	skip "metrics: python3-prometheus-client is missing"
fi

# The unit's script leaves whole files alone.
timer=$work/timer
mkdir "$timer"
printf '#!/bin/sh\nexec %s -R %s "$@"\n' "$PWD/$BUILD/wirelinkctl" "$work" \
	>"$work/wirelinkctl"
chmod +x "$work/wirelinkctl"
sed -n 's/^ExecStart=//p' privd/etc/systemd/wirelink-metrics@.service |
	sed -e "s|@SBINDIR@|$work|g" -e 's/%i/wg0/g' \
		-e 's/[$][$]/$/g' \
		-e "s|/var/lib/prometheus/node-exporter|$timer|g" >"$work/start"
check metrics-timer sh "$work/start"
check metrics-timer-file cmp "$work/metrics" "$timer/wirelink-wg0.prom"
sed 's/-i wg0/-i wg7/' "$work/start" >"$work/start7"
check metrics-timer-fails eval '! sh "$work/start7"'
check metrics-timer-keeps cmp "$work/metrics" "$timer/wirelink-wg0.prom"
