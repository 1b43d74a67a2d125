/*
 * prove: dec_hello dec_link dec_sandbox dec_reloaded dec_ctl_text
 *
 * messages: HELLO READY START LINK_UP SANDBOX RESOLVER_SANDBOX CTL_SANDBOX
 * messages: RELOADED CTL_TEXT
 *
 * files: proto/codec.c proto/codec_netd.c proto/ctl.c proto/text.c proto/buf.c
 * common/addr.c
 */
#include "proto/ctl.h"
#include "tests/prove/prove.h"

static void
hello(const uint8_t *p, size_t len)
{
	struct m_hello m;

	(void)dec_hello(p, len, &m);
}

static void
link_(const uint8_t *p, size_t len)
{
	struct m_link m;

	if (dec_link(p, len, &m) == 0)
		HOLDS(m.auto_addr.family <= 6);
}

static void
sandbox(const uint8_t *p, size_t len)
{
	struct sandbox_state m;

	if (dec_sandbox(p, len, &m) == 0)
		HOLDS(m.process < SANDBOX_PROCESSES);
}

static void
reloaded(const uint8_t *p, size_t len)
{
	struct m_reloaded m;

	(void)dec_reloaded(p, len, &m);
}

static void
text(const uint8_t *p, size_t len)
{
	char m[CTL_TEXT_LEN];

	(void)dec_ctl_text(p, len, m);
}

int
main(void)
{
	EVERY_INPUT(hello, 5, MSG_PAYLOAD);
	EVERY_INPUT(link_, 59, MSG_PAYLOAD);
	EVERY_INPUT(sandbox, 68, MSG_PAYLOAD);
	EVERY_INPUT(reloaded, 1, MSG_PAYLOAD);
	EVERY_INPUT(text, 1, MSG_PAYLOAD);
	return 0;
}
