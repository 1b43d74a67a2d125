# Proofs with Frama-C: docs/proofs.md. It is large and not in every Debian,
# so its package is none that `make deps` installs.
#: make prove         Frama-C: no input breaks the parsers and the policy
#: make deps-prove    install Frama-C (Debian)

NEEDS_NO_BUILD	+= prove deps-prove
.PHONY: prove deps-prove

prove:
	@tests/prove/check.sh

deps-prove:
	@apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends frama-c-base \
	    </dev/null
