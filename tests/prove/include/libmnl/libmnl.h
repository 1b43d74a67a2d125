/* Of libmnl only what privd/nl.h names, for the proof. */
#ifndef PROVE_LIBMNL_H
#define PROVE_LIBMNL_H

struct mnl_socket;
struct nlmsghdr;

#endif
