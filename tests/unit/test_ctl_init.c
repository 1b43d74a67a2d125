/* wirelinkctl init: names from wg-quick's comments, and what is written. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netd/ctl/view.h"
#include "netd/ctl/wgquick.h"
#include "privd/conf.h"

#define K1  "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define K2  "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="
#define S64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct wgquick w;

Test(ctl_init, names_in_comments)
{
	static const struct {
		const char *text;
		const char *name;
	} rows[] = {
	    {"[Peer]\nPublicKey = " K1 "\n", ""},
	    {"# laptop\n[Peer]\nPublicKey = " K1 "\n", "laptop"},
	    {"[Peer]\n# laptop\nPublicKey = " K1, "laptop"},
	    {"[Peer] # laptop\nPublicKey=" K1, "laptop"},
	    {"[Peer]\nPublicKey = " K1 " # my laptop \r\n", "my laptop"},
	    {"  [peer]\t\r\n\tpublickey\t=\t" K1 "#laptop", "laptop"},
	    {"### Name = laptop\n[Peer]\nPublicKey = " K1, "laptop"},
	    {"#friendly_name=laptop\n[Peer]\nPublicKey = " K1, "laptop"},
	    {"# name: laptop\n[Peer]\nPublicKey = " K1, "laptop"},
	    {"# namesake\n[Peer]\nPublicKey = " K1, "namesake"},
	    {"# other\n\n[Peer]\nPublicKey = " K1, ""},
	    {"[Peer]\n#Endpoint = x:1\nPublicKey = " K1, ""},
	    {"[Peer]\n# other\nEndpoint = x:1\nPublicKey = " K1, ""},
	    {"# a\n[Peer]\n# b\nPublicKey = " K1, "a"},
	    {"# x" S64 "\n[Peer]\nPublicKey = " K1, ""},
	    {"#\n[Peer]\nPublicKey = " K1, ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		wgquick_parse(rows[i].text, strlen(rows[i].text), &w);
		cr_assert_eq(w.n, 1, "row %zu", i);
		cr_expect_str_eq(w.peers[0].name, rows[i].name, "row %zu", i);
	}
}

Test(ctl_init, peers)
{
	static const char text[] = "[Interface]\nPrivateKey = " K1 "\n"
				   "PublicKey = " K1 "\n"
				   "[Peer]\nPublicKey = " K1 "\n"
				   "AllowedIPs = 10.0.0.0/8\n# two\n"
				   "[Peer]\nPublicKey = " K2 "\n"
				   "[Peer]\nPublicKey = " K2 "\n"
				   "[Peer]\nPublicKey = x\n";
	char line[5000];

	wgquick_parse(text, sizeof(text) - 1, &w);
	cr_assert_eq(w.n, 2, "each once, not of the interface");
	cr_expect_str_eq(w.peers[0].name, "");
	cr_expect_str_eq(w.peers[1].name, "two");
	memset(line, '#', sizeof(line));
	wgquick_parse(line, sizeof(line), &w);
	cr_expect_eq(w.n, 0);
	wgquick_parse("\0[Peer]\n", 8, &w);
	wgquick_parse("", 0, &w);
	cr_expect_eq(w.n, 0);
}

/* wirelinkd reads it, and the daemon's names win. */
Test(ctl_init, what_is_written)
{
	static const char quick[] = "# a\n[Peer]\nPublicKey = " K1 "\n"
				    "# b\n[Peer]\nPublicKey = " K2 "\n";
	struct ctl_name name = {.name_len = 3, .name = "hub"};
	struct ctl_answer a = {.nnames = 1, .names = &name};
	struct privd_conf conf;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert_not_null(out);
	cr_assert_eq(key_parse(K1, &name.key), 0);
	wgquick_parse(quick, sizeof(quick) - 1, &w);
	ctl_print_init(&a, &w, out);
	fclose(out);
	cr_assert_eq(conf_parse(&conf, "x", text, len), 0, "%s", text);
	cr_assert_eq(conf.npeers, 2);
	cr_expect_str_eq(conf.peers[0].name, "hub");
	cr_expect_str_eq(conf.peers[1].name, "b");
	cr_expect_eq(conf.link.membership, MEMBERSHIP_NONE);
	free(text);
}
