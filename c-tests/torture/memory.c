/* malloc and its family, for the whole program: libc's own allocations, those of
 * Rust's standard library and of its crates come here as the library's do. The
 * scenario's own are neither counted nor refused. */
#include "torture.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

enum { BLOCKS = 1 << 14 };

static struct block {
  void *start;
  size_t size;
  uintptr_t caller;
  unsigned number;
} blocks[BLOCKS];
static atomic_flag lock = ATOMIC_FLAG_INIT;
static _Atomic int watching;
static struct range {
  uintptr_t from, to;
} library, program;

static int holds(const struct range *range, uintptr_t address) {
  return address >= range->from && address < range->to;
}

int in_library(uintptr_t address) { return holds(&library, address); }

uintptr_t library_offset(uintptr_t address) { return address - library.from; }

static int find(struct dl_phdr_info *info, size_t size, void *first) {
  (void)size;
  struct range *range = NULL;
  if (*(int *)first) range = &program;
  if (strstr(info->dlpi_name, "libuv.so")) range = &library;
  *(int *)first = 0;
  if (!range) return 0;
  range->from = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t end = info->dlpi_addr + part->p_vaddr + part->p_memsz;
    if (part->p_type == PT_LOAD && end > range->to) range->to = end;
  }
  return 0;
}

/* Called once, before anything runs. */
void memory_find_library(void) {
  int first = 1;
  void *frames[4];
  dl_iterate_phdr(find, &first);
  backtrace(frames, 4); /* loads what it needs */
}

/* From here on blocks are remembered. */
void memory_watch(void) { watching = 1; }

static void enter(void) {
  while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire));
}

static void leave(void) {
  atomic_flag_clear_explicit(&lock, memory_order_release);
}

static struct block *slot(const void *start) {
  size_t at = ((uintptr_t)start >> 4) * 0x9E3779B97F4A7C15u >> 50;
  return &blocks[at % BLOCKS];
}

static struct block *next(struct block *block) {
  return block + 1 == blocks + BLOCKS ? blocks : block + 1;
}

static char removed;

static void remember(void *start, size_t size, uintptr_t caller) {
  if (!start || !watching || holds(&program, caller)) return;
  enter();
  struct block *block = slot(start);
  while (block->start && block->start != &removed) block = next(block);
  *block = (struct block){start, size, caller, page->allocations};
  leave();
}

static void forget(const void *start) {
  if (!start || !watching) return;
  enter();
  struct block *block = slot(start);
  while (block->start && block->start != start) block = next(block);
  if (block->start) block->start = &removed;
  leave();
}

/* Whether this call is to fail. */
static int refused(uintptr_t caller) {
  if (!watching || !page->armed || holds(&program, caller)) return 0;
  unsigned number = ++page->allocations;
  if (spec.kind != ALLOC) return 0;
  if (spec.from ? number < spec.n : number != spec.n) return 0;
  if (!page->reached++ && spec.trace) {
    void *frames[48];
    int count = backtrace(frames, 48);
    for (int i = 0; i < count; i++) page->stack[i] = (uintptr_t)frames[i];
  }
  errno = ENOMEM;
  return 1;
}

#define CALLER ((uintptr_t)__builtin_return_address(0))

void *malloc(size_t size) {
  if (refused(CALLER)) return NULL;
  void *start = __libc_malloc(size);
  remember(start, size, CALLER);
  return start;
}

void *calloc(size_t count, size_t size) {
  if (refused(CALLER)) return NULL;
  void *start = __libc_calloc(count, size);
  remember(start, count * size, CALLER);
  return start;
}

void *realloc(void *old, size_t size) {
  if (refused(CALLER)) return NULL;
  forget(old);
  void *start = __libc_realloc(old, size);
  remember(start ? start : size ? old : NULL, size, CALLER);
  return start;
}

static void *aligned(size_t alignment, size_t size, uintptr_t caller) {
  if (refused(caller)) return NULL;
  void *start = __libc_memalign(alignment, size);
  remember(start, size, caller);
  return start;
}

void *memalign(size_t alignment, size_t size) {
  return aligned(alignment, size, CALLER);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return aligned(alignment, size, CALLER);
}

int posix_memalign(void **start, size_t alignment, size_t size) {
  int before = errno;
  void *made = aligned(alignment, size, CALLER);
  errno = before;
  if (!made) return ENOMEM;
  *start = made;
  return 0;
}

void free(void *start) {
  forget(start);
  __libc_free(start);
}

/* For an allocator that a scenario gives to the library: as if it called malloc. */
void *memory_allocate(size_t size) {
  if (refused(library.from)) return NULL;
  void *start = __libc_malloc(size);
  remember(start, size, library.from);
  return start;
}

void *memory_resize(void *old, size_t size) {
  if (refused(library.from)) return NULL;
  forget(old);
  void *start = __libc_realloc(old, size);
  remember(start ? start : size ? old : NULL, size, library.from);
  return start;
}

/* How many blocks live that the library has allocated, or another. */
int memory_live(int of_library) {
  int count = 0;
  enter();
  for (struct block *block = blocks; block < blocks + BLOCKS; block++)
    if (block->start && block->start != &removed)
      count += in_library(block->caller) == of_library;
  leave();
  return count;
}

/* The first blocks that live, with who made them. */
const char *memory_leaks(int of_library) {
  static char text[300];
  size_t length = 0;
  *text = 0;
  for (struct block *block = blocks; block < blocks + BLOCKS; block++) {
    Dl_info by = {0};
    if (!block->start || block->start == &removed || length > 220) continue;
    if (in_library(block->caller) != of_library) continue;
    dladdr((void *)block->caller, &by);
    length += (size_t)snprintf(text + length, sizeof text - length,
                               " %zu bytes (#%u by %s %#zx)", block->size, block->number,
                               by.dli_sname ? by.dli_sname : "?",
                               block->caller - (uintptr_t)by.dli_fbase);
  }
  return text;
}
