/* Prints the tables of a process that the audit shows: "tables calls PROCESS",
 * "tables messages PROCESS"; or "tables rules". */
#include <stdio.h>
#include <string.h>

#include "netd/filter.h"
#include "privd/policy.h"
#include "privd/privd.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	const struct seccomp_filter *filter;
	enum msg_dir accepts[3];
	size_t n;
} processes[] = {
    {"privd", &privd_filter_userspace, {DIR_N2P}, 1},
    {"netd", &netd_filter, {DIR_P2N, DIR_R2N, DIR_C2N}, 3},
    {"resolver", &resolver_filter, {DIR_N2R}, 1},
    {"wirelinkctl", &ctl_filter, {DIR_N2C}, 1},
};

/* What stands between a message to privd and its effect, beyond the checks of
 * type, direction, phase, length and descriptor, and its decoder. */
static const struct {
	enum msg_type type;
	const char *guard;
} guards[] = {
    {MSG_READY, "version and build are privd's own, else the end"},
    {MSG_DEVICE_GET, "50 a second, after 100"},
    {MSG_SEAL,
	"the peer is on the device or configured; 1,136 bytes each; 4,096 "
	"bodies a second, after 8,192; the nonce is privd's"},
    {MSG_CHECK,
	"the peer is on the device or configured; 2,348 bytes each; 4,096 "
	"bodies a second, after 8,192"},
    {MSG_PEER_SET,
	"policy_peer_set, rules 1 to 5, 7 to 10, 12 to 22; "
	"policy_endpoint_rate, rule 11"},
    {MSG_PEER_REMOVE, "policy_peer_remove, rule 6"},
    {MSG_RELOAD, "1 a second, after 5; names no file"},
};

static void
calls(const struct seccomp_filter *f)
{
	printf("%u calls:\n\n| call | arguments | for |\n| --- | --- | --- |\n",
	    seccomp_calls(f));
	for (size_t i = 0; i < f->n; i++) {
		const struct seccomp_rule *r = &f->rules[i];
		const char *sep = "";

		printf("| %s | ", r->name);
		for (size_t k = 0; k < N(r->arg); k++) {
			const struct seccomp_arg *a = &r->arg[k];

			if (a->mask == 0)
				continue;
			if (a->mask == SECCOMP_FULL)
				printf("%s%u: %llu", sep, a->index,
				    (unsigned long long)a->value);
			else
				printf("%s%u & 0x%llx: %llu", sep, a->index,
				    (unsigned long long)a->mask,
				    (unsigned long long)a->value);
			sep = ", ";
		}
		printf(" | %s |\n", r->why);
	}
}

/* 1 when a message to privd has no guard above. */
static int
guard(const struct msg_info *m)
{
	size_t g = 0;

	while (g < N(guards) && guards[g].type != m->type)
		g++;
	if (g == N(guards)) {
		fprintf(stderr, "tables.c: what guards %s?\n", m->name);
		return 1;
	}
	printf("%s", guards[g].guard);
	return 0;
}

static int
messages(size_t p)
{
	const struct msg_info *m;
	int rv = 0;

	printf("| message | says |%s\n| --- | --- |%s\n",
	    p == 0 ? " guarded by |" : "", p == 0 ? " --- |" : "");
	for (size_t i = 0; (m = msg_row(i)) != NULL; i++) {
		for (size_t d = 0; d < processes[p].n; d++) {
			if (m->dir != processes[p].accepts[d])
				continue;
			printf("| %s | %s |", m->name, m->what);
			if (p == 0) {
				printf(" ");
				rv |= guard(m);
				printf(" |");
			}
			printf("\n");
		}
	}
	return rv;
}

static void
rules(void)
{
	static const enum policy_rule all[] = {
#define X(name, number, error, text) RULE_##name,
	    POLICY_RULES(X)
#undef X
	};

	printf("| rule | refuses, because |\n| --- | --- |\n");
	for (size_t i = 0; i < N(all); i++)
		if (all[i] != RULE_ALLOWED)
			printf("| %u | %s |\n", (unsigned int)all[i],
			    policy_text(all[i]));
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "rules") == 0) {
		rules();
		return 0;
	}
	for (size_t p = 0; argc == 3 && p < N(processes); p++) {
		if (strcmp(argv[2], processes[p].name) != 0)
			continue;
		if (strcmp(argv[1], "messages") == 0)
			return messages(p);
		calls(processes[p].filter);
		return 0;
	}
	return 2;
}
