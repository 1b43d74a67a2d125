/* The system calls that wirelinkctl may make once it is connected. */
#include <sys/mman.h>

#include <fcntl.h>

#include "netd/filter.h"

static const struct seccomp_rule rules[] = {
    ALLOW("recvmsg", "the answer"),
    ALLOW("sendmsg", "the question"),
    ALLOW("write", "what it prints"),
    ALLOW("writev", "the same, in other C libraries"),
    ALLOW("close", "the connection"),
    ALLOW("fstat", "what kind of file it prints to"),
    ALLOW_IF(
	"newfstatat", "the same, by a descriptor alone", IS(3, AT_EMPTY_PATH)),
    ALLOW("getrandom", "hash tables of json-c"),
    ALLOW("brk", "memory"),
    ALLOW_IF("mmap", "memory; nothing executable", NONE_OF(2, PROT_EXEC)),
    ALLOW("munmap", "memory"),
    ALLOW_IF("mremap", "memory: tables that grow", IS(3, MREMAP_MAYMOVE)),
    ALLOW("exit_group", "the end"),
};

const struct seccomp_filter ctl_filter = {
    rules, sizeof(rules) / sizeof(rules[0])};
