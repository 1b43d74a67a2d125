/* What the files that print JSON share. docs/wirelinkctl.8 lists the
 * members. */
#ifndef NETD_CTL_JSON_H
#define NETD_CTL_JSON_H

#include <json-c/json.h>
#include <stdio.h>

#include "proto/ctl.h"

#define JSON_VERSION 1

void json_put_str(struct json_object *o, const char *name, const char *s);
void json_put_int(struct json_object *o, const char *name, int64_t v);
void json_put_u64(struct json_object *o, const char *name, uint64_t v);
void json_put_bool(struct json_object *o, const char *name, bool v);
void json_put_key(struct json_object *o, const char *name, const struct key *k);
/* Nothing for one of family 0. */
void json_put_endpoint(
    struct json_object *o, const char *name, const struct endpoint *e);
void json_put_prefix(
    struct json_object *o, const char *name, const struct prefix *p);
/* Text from netd: JSON is to be valid whatever it holds. */
const char *json_clean(const char *s, char *out, size_t outlen);
struct json_object *json_self(const struct ctl_self *m);
struct json_object *json_event(const struct ctl_event *m);
/* Prints o and a line end, frees o. 0, or -1 without memory. */
int json_print(struct json_object *o, int style, FILE *out);

#endif
