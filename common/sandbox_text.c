/* The state of a sandbox in a line. See sandbox.h. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "common/sandbox.h"

#define WORD 32

static const char *
set(uint64_t caps, char out[WORD])
{
	if (caps == 0)
		return "none";
	if (caps == UINT64_C(1) << CAP_NET_ADMIN)
		return "net_admin";
	snprintf(out, WORD, "0x%llx", (unsigned long long)caps);
	return out;
}

static const char *
number(uint64_t n, char out[WORD])
{
	if (n == UINT64_MAX)
		return "unlimited";
	snprintf(out, WORD, "%llu", (unsigned long long)n);
	return out;
}

const char *
sandbox_text(const struct sandbox_state *s, char *out, size_t outlen)
{
	char filter[WORD + 16], caps[WORD], bounding[WORD], nofile[WORD],
	    nproc[WORD], memory[WORD], size[WORD];

	snprintf(filter, sizeof(filter), "filter %s (%u calls)",
	    sandbox_level_name(s->filter), (unsigned int)s->calls);
	snprintf(out, outlen,
	    "uid %u, gid %u, capabilities %s, bounding set %s, securebits "
	    "0x%x, %s, %s, %s, %s, %s, limits: files %s, processes %s, "
	    "memory %s, size of a file %s",
	    s->uid, s->gid, set(s->caps, caps), set(s->bounding, bounding),
	    s->securebits,
	    s->no_new_privs ? "no new privileges" : "NEW PRIVILEGES",
	    s->filter == SANDBOX_OFF ? "NO FILTER" : filter,
	    s->landlock ? "Landlock" : "no Landlock",
	    s->own_root ? "own root" : "the host's root",
	    s->dumpable ? "DUMPABLE" : "not dumpable",
	    number(s->nofile, nofile), number(s->nproc, nproc),
	    number(s->memory, memory), number(s->file_size, size));
	return out;
}
