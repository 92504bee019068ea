/* The machine: what must hold of the numbers, whichever they are. */
#include "trace.h"

#include <net/if.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static void processors(void) {
  uv_cpu_info_t *list;
  int i, n = -1, speeds = 1, models = 1, ticks = 1;
  TRY(uv_cpu_info(&list, &n));
  say("as many as are online %d, blocks %ld",
      n == (int) sysconf(_SC_NPROCESSORS_ONLN), outstanding);
  for (i = 0; i < n; i++) {
    speeds &= list[i].speed == list[0].speed;
    models &= strcmp(list[i].model, list[0].model) == 0;
    ticks &= list[i].cpu_times.user % 10 == 0 && list[i].cpu_times.idle > 0;
  }
  say("model \"%s\", %d MHz; all alike %d %d; times %d", list[0].model,
      list[0].speed, speeds, models, ticks);
  uv_free_cpu_info(list, n);
  uv_free_cpu_info(NULL, 0);
}

static void interfaces(void) {
  uv_interface_address_t *list;
  int i, j, n = -1;
  char text[64], mask[64];
  TRY(uv_interface_addresses(&list, &n));
  for (i = 0; i < n; i++) {
    MUST(uv_ip_name(SA(&list[i].address), text, sizeof text));
    MUST(uv_ip_name(SA(&list[i].netmask), mask, sizeof mask));
    printf("%s %s %s internal %d port %d scope %d phys", list[i].name, text, mask,
           list[i].is_internal, list[i].address.address4.sin_port,
           list[i].address.address4.sin_family == AF_INET6
               ? (int) list[i].address.address6.sin6_scope_id
               : 0);
    for (j = 0; j < 6; j++) printf(" %02x", (unsigned char) list[i].phys_addr[j]);
    putchar('\n');
  }
  say("blocks %d", outstanding == (n > 0));
  uv_free_interface_addresses(list, n);
  uv_free_interface_addresses(NULL, 0);
}

/* In a child: whatever runs us may have use for more. */
static void limited(void) {
  struct rlimit rl;
  int status;
  pid_t child = fork();
  SYS(child);
  if (child == 0) {
    SYS(getrlimit(RLIMIT_AS, &rl));
    rl.rlim_cur = (rlim_t) 64 << 30;
    SYS(setrlimit(RLIMIT_AS, &rl));
    say("address space limited: %" PRIu64, uv_get_constrained_memory());
    SYS(getrlimit(RLIMIT_DATA, &rl));
    rl.rlim_cur = (rlim_t) 32 << 30;
    SYS(setrlimit(RLIMIT_DATA, &rl));
    say("data limited: %" PRIu64, uv_get_constrained_memory());
    _exit(0);
  }
  SYS(waitpid(child, &status, 0));
}

int main(void) {
  uint64_t total, spare, limit, left;
  uv_rusage_t all, own;
  uv_utsname_t us;
  struct utsname them;
  struct sysinfo info;
  double up, load[3] = {-1, -1, -1};
  size_t rss = 0;
  char *ballast;

  begin();
  processors();
  interfaces();

  total = uv_get_total_memory();
  spare = uv_get_free_memory();
  limit = uv_get_constrained_memory();
  left = uv_get_available_memory();
  SYS(sysinfo(&info));
  say("memory: total %d, free %d, available %d",
      total <= (uint64_t) info.totalram * info.mem_unit && total > 1 << 20,
      spare > 0 && spare <= total, left > 0 && left <= total);
  say("limited to %" PRIu64, limit);
  limited();

  TRY(uv_resident_set_memory(&rss));
  ballast = malloc(64 << 20);
  memset(ballast, 1, 64 << 20);
  left = rss;
  TRY(uv_resident_set_memory(&rss));
  say("grew with what it took: %d", rss >= left + (60 << 20) && ballast[99]);
  free(ballast);

  TRY(uv_uptime(&up));
  say("uptime %d", up > 0 && up - (double) info.uptime < 10 &&
                       up - (double) info.uptime > -10);
  uv_loadavg(load);
  say("load %d", load[0] >= 0 && load[1] >= 0 && load[2] >= 0);

  TRY(uv_getrusage_thread(&own));
  TRY(uv_getrusage(&all));
  say("usage: %d %d %d",
      all.ru_maxrss >= 60 << 10 && all.ru_maxrss < (uint64_t) 1 << 32,
      all.ru_minflt >= own.ru_minflt && own.ru_minflt > 0,
      all.ru_utime.tv_usec < 1000000);

  memset(&us, '#', sizeof us);
  TRY(uv_os_uname(&us));
  TRY(uv_os_uname(NULL));
  SYS(uname(&them));
  say("%d %d %d %d", strcmp(us.sysname, them.sysname),
      strcmp(us.release, them.release), strcmp(us.version, them.version),
      strcmp(us.machine, them.machine));
  say("parallelism %d", uv_available_parallelism() >= 1);
  leftovers();
  return 0;
}
