/* The table of messages. See msgs.h. */
#include "proto/msgs.h"

static const struct msg_info table[] = {
#define X(name, code, dir, min, max, fd, phases, what)                         \
	{MSG_##name, #name, dir, min, max, fd, phases, what},
    MSG_TABLE(X)
#undef X
};

const struct msg_info *
msg_row(size_t i)
{
	return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct msg_info *
msg_info(unsigned int type)
{
	const struct msg_info *m;

	for (size_t i = 0; (m = msg_row(i)) != NULL; i++) {
		if ((unsigned int)m->type == type)
			return m;
	}
	return NULL;
}
