/* wirelinkctl eject: what the file says. */
#include <criterion/criterion.h>

#include <string.h>

#include "netd/ctl/view.h"
#include "tests/unit/printed.h"

static struct ctl_peer peers[2];
static struct ctl_name name = {.name_len = 3, .name = "hub"};
static struct ctl_answer a = {
    .npeers = 2, .peers = peers, .nnames = 1, .names = &name};
static struct m_addr addr;

static void
setup(void)
{
	struct prefix p;

	memset(peers[0].key.b, 1, KEY_LEN);
	memset(peers[1].key.b, 2, KEY_LEN);
	name.key = peers[0].key;
	a.self.listen_port = 51820;
	cr_assert_eq(prefix_parse("10.7.0.0/24", &p), 0);
	peers[0].prefixes[0].prefix = p;
	peers[0].nprefixes = peers[0].nheld = 1;
	cr_assert_eq(prefix_parse("fe80::1/128", &p), 0);
	peers[1].prefixes[0].prefix = p;
	cr_assert_eq(prefix_parse("10.7.0.3/32", &p), 0);
	peers[1].prefixes[1].prefix = p;
	peers[1].nprefixes = peers[1].nheld = 2;
	peers[1].introduced = true;
	peers[1].endpoint = (struct endpoint){p.addr, 7};
	addr.addr = p.addr;
	addr.len = 24;
}

TestSuite(ctl_eject, .init = setup);

Test(ctl_eject, file)
{
	FILE *out = print_start();
	const char *text;

	cr_assert_eq(ctl_print_static(&a, &addr, 1, out, out), CTL_OK);
	text = strstr(printed(), "[Interface]");
	cr_assert_not_null(text);
	cr_expect_null(strstr(text, "\nPrivateKey"));
	cr_expect_str_eq(text,
	    "[Interface]\n"
	    "# PrivateKey =\n"
	    "# or: PostUp = wg set %i private-key /etc/wireguard/%i.key\n"
	    "ListenPort = 51820\n"
	    "Address = 10.7.0.3/24\n"
	    "\n[Peer]\n"
	    "# Name = hub\n"
	    "PublicKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
	    "AllowedIPs = 10.7.0.0/24\n"
	    "\n[Peer]\n"
	    "PublicKey = AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n"
	    "Endpoint = 10.7.0.3:7\n"
	    "AllowedIPs = 10.7.0.3/32\n"
	    "PersistentKeepalive = 25\n");
}

/* A file that lacks prefixes would lose traffic. */
Test(ctl_eject, more_prefixes_than_are_told)
{
	FILE *out = print_start();

	peers[1].nheld = CTL_MAX_PREFIXES + 1;
	cr_expect_eq(ctl_print_static(&a, &addr, 1, out, out), CTL_FAILED);
	cr_expect_null(strstr(printed(), "[Interface]"));
}
