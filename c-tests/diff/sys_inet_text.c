/* Addresses to text and back: the corners by name, and many made by chance. */
#include "chance.h"

static void pton(int af, const char *text) {
  unsigned char out[16];
  int i, r;
  memset(out, 0xEE, sizeof out);
  r = uv_inet_pton(af, text, out);
  printf("pton %s \"%s\" -> %s ", af == AF_INET ? "4" : "6", text, name(r));
  for (i = 0; i < 16; i++) printf("%02x", out[i]);
  putchar('\n');
}

/* Every size: the least that is enough, and what a smaller one leaves behind. */
static void ntop(int af, const unsigned char *a) {
  char out[64];
  size_t size;
  for (size = 0; size <= sizeof out; size++) {
    int r;
    memset(out, '#', sizeof out);
    r = uv_inet_ntop(af, a, out, size);
    if (r != UV_ENOSPC || out[0] != '#') {
      say("ntop %s in %d -> %s \"%s\"", af == AF_INET ? "4" : "6", (int) size,
          name(r), out);
      return;
    }
  }
  say("ntop never fits");
}

static void groups(const char *text) {
  unsigned char a[16];
  MUST(uv_inet_pton(AF_INET6, text, a));
  ntop(AF_INET6, a);
}

/* A text that is nearly an address. */
static void made_up(char *text) {
  static const char letters[] = "0123456789abcdefABCDEFg:.%:.0125";
  static const char *const starts[] = {
      "::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3.4",
      "255.255.255.255", "1::", "::", "a:b::c:d", "0:0:0:0:0:0:1.2.3.4"};
  size_t n, edits = chance(4);
  strcpy(text, starts[chance(COUNT(starts))]);
  while (edits--) {
    n = strlen(text);
    switch (chance(3)) {
    case 0:
      if (n > 0) text[chance((uint32_t) n)] = letters[chance(32)];
      break;
    case 1:
      if (n < 60) {
        size_t at = chance((uint32_t) n + 1);
        memmove(text + at + 1, text + at, n - at + 1);
        text[at] = letters[chance(32)];
      }
      break;
    default:
      if (n > 0) {
        size_t at = chance((uint32_t) n);
        memmove(text + at, text + at + 1, n - at);
      }
    }
  }
}

int main(void) {
  static const char *const fours[] = {
      "", "0", "1.2.3", "1.2.3.4", "1.2.3.4.", ".1.2.3.4", "1.2.3.4.5",
      "01.2.3.4", "1.2.3.04", "0.0.0.0", "00.0.0.0", "256.1.1.1",
      "255.255.255.255", "1..2.3", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4%lo",
      "0x1.2.3.4", "+1.2.3.4", "1.2.3.-4", "\xff", "1.2.3.4\xc3\xa9"};
  static const char *const sixes[] = {
      "", ":", "::", ":::", "::1", "1::", "1::1::1", ":1", "1:", "::1:",
      "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8",
      "1:2:3:4:5:6:7:8::", "12345::", "00001::", "0001::", "FFFF::ffff", "g::",
      "::1.2.3.4", "::1.2.3", "::1.2.3.4.5", "::01.2.3.4", "1.2.3.4",
      "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:1.2.3.4",
      "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6::1.2.3.4", "::2:3:4:5:6:1.2.3.4",
      "::%", "::%lo", "::1%lo%lo", "%lo", "%", "1::%25",
      "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
      "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%lo",
      "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2550",
      "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2550%lo",
      "0000000000000000000000000000000000000000000000000000000000000001%lo"};
  static const unsigned char v4[][4] = {
      {0, 0, 0, 0}, {127, 0, 0, 1}, {255, 255, 255, 255}, {1, 20, 255, 9}};
  unsigned char a[16];
  char text[128];
  int i, j, good = 0;

  begin();
  for (i = 0; i < COUNT(fours); i++) pton(AF_INET, fours[i]);
  for (i = 0; i < COUNT(sixes); i++) pton(AF_INET6, sixes[i]);
  for (i = 0; i < COUNT(v4); i++) ntop(AF_INET, v4[i]);
  groups("::");
  groups("::1");
  groups("::5");
  groups("::1:0");
  groups("::1:1");
  groups("::ffff:0:0");
  groups("::ffff:1.2.3.4");
  groups("::fffe:1.2.3.4");
  groups("::1:ffff:1.2.3.4");
  groups("::ffff:0:1.2.3.4");
  groups("64:ff9b::1.2.3.4");
  groups("1:0:0:2:0:0:3:4");
  groups("1:0:0:2:0:0:0:4");
  groups("1:0:2:0:3:0:4:0");
  groups("0:0:1::");
  groups("0:1::");
  groups("1:2:3:4:5:6:7:0");
  groups("0:2:3:4:5:6:7:8");
  groups("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");

  TRY(uv_inet_pton(AF_INET, NULL, a));
  TRY(uv_inet_pton(AF_INET, "1.2.3.4", NULL));
  TRY(uv_inet_pton(AF_UNIX, "1.2.3.4", a));
  TRY(uv_inet_pton(AF_UNIX, NULL, a));
  TRY(uv_inet_ntop(AF_UNIX, a, text, sizeof text));
  TRY(uv_inet_ntop(-1, a, text, sizeof text));

  for (i = 0; i < 200000; i++) {
    int af = chance(4) ? AF_INET6 : AF_INET, r;
    made_up(text);
    memset(a, 0xEE, sizeof a);
    r = uv_inet_pton(af, text, a);
    good += r == 0;
    digested(&r, sizeof r);
    digested(a, sizeof a);
  }
  say("texts: %d of 200000 are addresses, digest %" PRIx64, good, digest);

  for (i = 0; i < 100000; i++) {
    size_t size = chance(2) ? 64 : chance(50);
    int r;
    for (j = 0; j < 16; j++)
      a[j] = (unsigned char) (chance(3) ? 0 : chance(2) ? 255 : chance(256));
    memset(text, '#', sizeof text);
    r = uv_inet_ntop(chance(5) ? AF_INET6 : AF_INET, a, text, size);
    digested(&r, sizeof r);
    digested(text, sizeof text);
  }
  say("addresses: digest %" PRIx64, digest);
  leftovers();
  return 0;
}
