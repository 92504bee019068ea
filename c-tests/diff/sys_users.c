/* Users and groups against the C library's own look-ups. */
#include "trace.h"

#include <grp.h>
#include <pwd.h>

static void user(const char *what, uid_t uid) {
  struct passwd *pw = getpwuid(uid);
  uv_passwd_t entry;
  int r;
  memset(&entry, 0xEE, sizeof entry);
  r = uv_os_get_passwd2(&entry, uid);
  say("%s: %s, %s in the database", what, name(r), pw ? "is" : "is not");
  if (r != 0) return;
  say("name %d, home %d, shell %d, uid %d, gid %d",
      strcmp(entry.username, pw->pw_name), strcmp(entry.homedir, pw->pw_dir),
      strcmp(entry.shell, pw->pw_shell), entry.uid == pw->pw_uid,
      entry.gid == pw->pw_gid);
  say("blocks %ld", outstanding);
  uv_os_free_passwd(&entry);
  say("%d %d %d", entry.username == NULL, entry.homedir == NULL,
      entry.shell == NULL);
  uv_os_free_passwd(&entry);
}

static void group(const char *what, gid_t gid) {
  struct group *gr = getgrgid(gid);
  uv_group_t entry;
  int i, r, same = 1;
  memset(&entry, 0xEE, sizeof entry);
  r = uv_os_get_group(&entry, gid);
  say("%s: %s, %s in the database", what, name(r), gr ? "is" : "is not");
  if (r != 0) return;
  for (i = 0; gr->gr_mem[i] != NULL && entry.members[i] != NULL; i++)
    same &= strcmp(gr->gr_mem[i], entry.members[i]) == 0;
  say("name %d, gid %d, members %d %d", strcmp(entry.groupname, gr->gr_name),
      entry.gid == gr->gr_gid, same, gr->gr_mem[i] == entry.members[i]);
  say("blocks %ld", outstanding);
  uv_os_free_group(&entry);
  say("%d %d", entry.groupname == NULL, entry.members == NULL);
  uv_os_free_group(&entry);
}

int main(void) {
  uv_passwd_t entry;
  struct passwd *pw;
  struct group *gr;
  gid_t crowded = 0;
  int most = -1;

  begin();
  user("root", 0);
  user("nobody", 65534);
  user("no such", 3999999);
  user("none", (uid_t) -1);
  group("root", 0);
  group("no such", 3999999);
  group("none", (gid_t) -1);
  /* the group with the most members that there is */
  setgrent();
  while ((gr = getgrent()) != NULL) {
    int n = 0;
    while (gr->gr_mem[n]) n++;
    if (n > most) {
      most = n;
      crowded = gr->gr_gid;
    }
  }
  endgrent();
  group("crowded", crowded);

  TRY(uv_os_get_passwd(NULL));
  TRY(uv_os_get_passwd2(NULL, 0));
  TRY(uv_os_get_group(NULL, 0));
  uv_os_free_passwd(NULL);
  uv_os_free_group(NULL);
  if (uv_os_get_passwd(&entry) == 0) {
    pw = getpwuid(geteuid());
    say("own name %d", strcmp(entry.username, pw->pw_name));
    uv_os_free_passwd(&entry);
  } else {
    say("own name 0");
  }
  leftovers();
  return 0;
}
