/* Payloads that more than one side writes or reads. See codec.h. */
#include <string.h>

#include "proto/codec.h"

void
enc_hello(struct wbuf *w, const struct m_hello *m)
{
	wbuf_u32(w, m->version);
	wbuf_str(w, m->build);
}

int
dec_hello(const uint8_t *p, size_t len, struct m_hello *m)
{
	struct rbuf r;

	rbuf_init(&r, p, len);
	m->version = rbuf_u32(&r);
	rbuf_str(&r, m->build, sizeof(m->build));
	return rbuf_done(&r) ? 0 : -1;
}

void
enc_prefix(struct wbuf *w, const struct m_prefix *m)
{
	wbuf_prefix(w, &m->prefix);
	wbuf_bool(w, m->ours);
}

int
dec_prefix(struct rbuf *r, struct m_prefix *m)
{
	rbuf_prefix(r, &m->prefix);
	m->ours = rbuf_bool(r);
	return r->bad ? -1 : 0;
}

void
enc_sandbox(struct wbuf *w, const struct sandbox_state *m)
{
	wbuf_u8(w, (uint8_t)m->process);
	wbuf_u32(w, m->uid);
	wbuf_u32(w, m->gid);
	wbuf_u64(w, m->caps);
	wbuf_u64(w, m->bounding);
	wbuf_u32(w, m->securebits);
	wbuf_bool(w, m->no_new_privs);
	wbuf_bool(w, m->dumpable);
	wbuf_bool(w, m->own_root);
	wbuf_bool(w, m->landlock);
	wbuf_u8(w, (uint8_t)m->filter);
	wbuf_u16(w, m->calls);
	wbuf_u64(w, m->nofile);
	wbuf_u64(w, m->nproc);
	wbuf_u64(w, m->memory);
	wbuf_u64(w, m->file_size);
}

int
dec_sandbox(const uint8_t *p, size_t len, struct sandbox_state *m)
{
	uint8_t process, filter;
	struct rbuf r;

	memset(m, 0, sizeof(*m));
	rbuf_init(&r, p, len);
	process = rbuf_u8(&r);
	m->uid = rbuf_u32(&r);
	m->gid = rbuf_u32(&r);
	m->caps = rbuf_u64(&r);
	m->bounding = rbuf_u64(&r);
	m->securebits = rbuf_u32(&r);
	m->no_new_privs = rbuf_bool(&r);
	m->dumpable = rbuf_bool(&r);
	m->own_root = rbuf_bool(&r);
	m->landlock = rbuf_bool(&r);
	filter = rbuf_u8(&r);
	m->calls = rbuf_u16(&r);
	m->nofile = rbuf_u64(&r);
	m->nproc = rbuf_u64(&r);
	m->memory = rbuf_u64(&r);
	m->file_size = rbuf_u64(&r);
	if (process >= SANDBOX_PROCESSES || filter > SANDBOX_OFF)
		return -1;
	m->process = (enum sandbox_process)process;
	m->filter = (enum sandbox_level)filter;
	return rbuf_done(&r) ? 0 : -1;
}
