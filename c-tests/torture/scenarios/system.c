/* What the library tells of the machine, the process and its user. */
#include "../scenario.h"

#include <sys/resource.h>

static char text[4096];
static int nice_;

void prepare(void) { nice_ = getpriority(PRIO_PROCESS, 0); }

#define ASK(function)                                                     \
  do {                                                                    \
    size_t size = sizeof text;                                            \
    if (TRY(function(text, &size)) == 0)                                  \
      CHECK(size == strlen(text), #function " of %zu bytes", size);       \
  } while (0)

static void machine(void) {
  uv_cpu_info_t *cpus;
  uv_interface_address_t *interfaces;
  uv_utsname_t names;
  int count;
  double load[3], up;
  if (TRY(uv_cpu_info(&cpus, &count)) == 0) {
    CHECK(count > 0 && cpus, "%d processors", count);
    for (int i = 0; i < count; i++) CHECK(cpus[i].model && *cpus[i].model, "no model");
    uv_free_cpu_info(cpus, count);
  }
  if (TRY(uv_interface_addresses(&interfaces, &count)) == 0) {
    CHECK(count > 0, "no interface");
    CHECK(interfaces[0].name && *interfaces[0].name, "no name");
    uv_free_interface_addresses(interfaces, count);
  }
  if (TRY(uv_os_uname(&names)) == 0) CHECK(!strcmp(names.sysname, "Linux"), "a system");
  if (TRY(uv_uptime(&up)) == 0) CHECK(up > 0, "no uptime");
  uv_loadavg(load);
  CHECK(uv_available_parallelism() > 0, "no parallelism");
  uv_get_free_memory();
  uv_get_total_memory();
  uv_get_constrained_memory();
  uv_get_available_memory();
}

static void process(void) {
  uv_rusage_t usage, thread;
  uv_timeval64_t now;
  uv_timespec64_t clock;
  size_t resident;
  int priority;
  CHECK(uv_os_getpid() == getpid(), "a number");
  TRY(uv_os_getppid() > 0 ? 0 : UV_EPERM);
  if (TRY(uv_resident_set_memory(&resident)) == 0) CHECK(resident > 0, "no memory");
  if (TRY(uv_getrusage(&usage)) == 0) CHECK(usage.ru_maxrss > 0, "no ru_maxrss");
  TRY(uv_getrusage_thread(&thread));
  TRY(uv_gettimeofday(&now));
  if (TRY(uv_clock_gettime(UV_CLOCK_MONOTONIC, &clock)) == 0) CHECK(clock.tv_sec, "no time");
  if (TRY(uv_os_getpriority(0, &priority)) == 0) CHECK(priority == nice_, "priority %d", priority);
  TRY(uv_os_setpriority(0, nice_));
  ASK(uv_exepath);
  ASK(uv_cwd);
  if (TRY(uv_chdir(".")) == 0) ASK(uv_cwd);
  if (TRY(uv_get_process_title(text, sizeof text)) == 0) CHECK(*text, "no title");
  if (TRY(uv_set_process_title("title")) == 0 &&
      TRY(uv_get_process_title(text, sizeof text)) == 0)
    CHECK(!strcmp(text, "title"), "the title %s", text);
}

static void user(void) {
  uv_passwd_t passwd;
  uv_group_t group;
  if (TRY(uv_os_get_passwd(&passwd)) == 0) {
    CHECK(passwd.uid == (long)getuid() && passwd.username && passwd.homedir, "another user");
    uv_os_free_passwd(&passwd);
  }
  if (TRY(uv_os_get_group(&group, getgid())) == 0) {
    CHECK(group.gid == (long)getgid() && group.groupname, "another group");
    uv_os_free_group(&group);
  }
  ASK(uv_os_homedir);
  ASK(uv_os_tmpdir);
  ASK(uv_os_gethostname);
}

static void environment(void) {
  uv_env_item_t *items;
  int count;
  size_t size = sizeof text;
  if (TRY(uv_os_setenv("TORTURE", "value")) == 0 &&
      TRY(uv_os_getenv("TORTURE", text, &size)) == 0)
    CHECK(!strcmp(text, "value"), "the value %s", text);
  if (TRY(uv_os_environ(&items, &count)) == 0) {
    CHECK(count > 0, "no environment");
    uv_os_free_environ(items, count);
  }
  TRY(uv_os_unsetenv("TORTURE"));
}

void scenario(void) {
  static char name[] = "a name with room for another";
  char *arguments[] = {name, NULL};
  uv_setup_args(1, arguments);
  machine();
  process();
  user();
  environment();
}
