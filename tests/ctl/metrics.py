#!/usr/bin/python3
"""metrics.py FILE: what `wirelinkctl metrics` printed, by the parsers of
OpenMetrics and of Prometheus' older format; its values are ctl-netd's."""

import base64
import sys

from prometheus_client.openmetrics import parser
from prometheus_client import parser as older


def key(i):
    return base64.b64encode(bytes([i]) * 32).decode()


NAMES = {1: "hub", 2: 'one"two\\x5cback\\x0aline',
         3: 'l\u00e4ptop {a="b"} # <x>', 4: "phone", 5: "", 6: "absent"}
text = open(sys.argv[1], encoding="utf-8").read()
families = list(parser.text_string_to_metric_families(text))
samples = [s for f in families for s in f.samples]


def value(name, **labels):
    found = [s.value for s in samples if s.name == "wirelink_" + name and
             labels.items() <= s.labels.items()]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def absent(name, **labels):
    assert not [s for s in samples if s.name == "wirelink_" + name and
                labels.items() <= s.labels.items()], (name, labels)


for s in samples:
    assert s.labels["interface"] == "wg0", s
    if s.name.startswith("wirelink_peer_"):
        i = base64.b64decode(s.labels["key"])[0]
        assert s.labels["name"] == NAMES[i], s
seen = [(s.name, tuple(sorted(s.labels.items()))) for s in samples]
assert len(seen) == len(set(seen)), "a sample comes twice"
for f in families:
    assert f.documentation, f.name
    assert f.samples, f.name + " has no samples"

value("node", key=key(9), build="0.1.0")
assert value("up") == 1 and value("router") == 0 and value("facts") == 3
for path, n in (("direct", 2), ("via", 1), ("router", 1), ("down", 1)):
    assert value("peers", path=path) == n, path
for i, path in ((1, "router"), (2, "direct"), (3, "via"), (5, "down")):
    for p in ("direct", "via", "router", "down"):
        assert value("peer_path", key=key(i), path=p) == (p == path), (i, p)
for i in range(1, 7):
    assert value("peer_never_seen", key=key(i)) == (i in (3, 5, 6)), i
assert value("peer_handshake_age_seconds", key=key(2)) == 12
absent("peer_handshake_age_seconds", key=key(3))
assert abs(value("peer_rtt_seconds", key=key(2)) - 1.234002) < 1e-9
absent("peer_rtt_seconds", key=key(4))
absent("peer_alive", key=key(6))
assert value("peer_received_bytes_total", key=key(4)) == 4000

counters = sorted(s.value for s in samples if s.name.endswith("_total") and
                  not s.name.startswith("wirelink_peer_"))
assert counters == list(range(1, len(counters) + 1)), counters
assert len(counters) > 20

old = [s for f in older.text_string_to_metric_families(text)
       for s in f.samples]
assert sorted((s.name, sorted(s.labels.items()), float(s.value))
              for s in old) == \
    sorted((s.name, sorted(s.labels.items()), float(s.value))
           for s in samples)
