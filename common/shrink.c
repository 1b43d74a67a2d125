/* Gives back what only the start needed. See sandbox.h. */
#include <sys/mman.h>

#include <link.h>
#include <malloc.h>
#include <unistd.h>

#include "common/sandbox.h"

static int
drop_segments(struct dl_phdr_info *info, size_t size, void *arg)
{
	const uintptr_t *page = arg;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t start, end;

		if (ph->p_type != PT_LOAD || (ph->p_flags & PF_W) != 0)
			continue;
		start = (info->dlpi_addr + ph->p_vaddr) & ~(*page - 1);
		end = info->dlpi_addr + ph->p_vaddr + ph->p_memsz;
		/* What can't be dropped, as the kernel's own object, stays. */
		(void)madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void
sandbox_shrink(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(drop_segments, &page);
}
