/* WTF-8 to UTF-16 and back: the corners, short targets, and much by chance. */
#include "chance.h"

static void forth(const char *text) {
  uint16_t units[64];
  ssize_t i, n = uv_wtf8_length_as_utf16(text);
  printf("\"");
  for (i = 0; text[i]; i++) printf("\\%02x", (unsigned char) text[i]);
  printf("\" ->");
  if (n < 0) {
    say(" %s", name(n));
    return;
  }
  memset(units, 0xEE, sizeof units);
  uv_wtf8_to_utf16(text, units, (size_t) n);
  for (i = 0; i <= n; i++) printf(" %04x", units[i]);
  putchar('\n');
}

static void back(const uint16_t *units, ssize_t count, size_t room) {
  char text[32], *at = text;
  size_t length = room;
  int i, r;
  memset(text, '#', sizeof text);
  r = uv_utf16_to_wtf8(units, count, &at, &length);
  printf("%zd units in %d -> %s, %d:", count, (int) room, name(r),
         (int) length);
  for (i = 0; i < 16; i++) printf(" %02x", (unsigned char) text[i]);
  putchar('\n');
}

int main(void) {
  static const char *const texts[] = {
      "", "a", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xef\xbf\xbf",
      "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xe4\xb8\xadz",
      /* lone surrogates, and a pair in two pieces */
      "\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\x80\xed\xb0\x80",
      /* longer than they need be */
      "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
      "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
      /* cut off, out of range, out of place */
      "\x80", "\xbf", "\xc2", "\xc2" "a", "\xe4\xb8", "\xe4\xb8" "a", "\xe4",
      "\xf0\x90\x80", "\xf0\x90", "\xf0", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
      "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "ok\xff"};
  static const uint16_t mixed[] = {'a',    0x80,   0x7ff,  0x800,  0xffff,
                                   0xd800, 0xdc00, 0xdbff, 0xdfff, 0};
  static const uint16_t lone[] = {0xdc00, 0xd800, 'x', 0xd800, 0};
  static const uint16_t nuls[] = {'a', 0, 'b', 0};
  static const uint16_t plain[] = {'a', 'b', 'c', 0};
  char *made;
  size_t length, room;
  int i, j;

  begin();
  for (i = 0; i < COUNT(texts); i++) forth(texts[i]);

  say("%d", (int) uv_utf16_length_as_wtf8(mixed, -1));
  for (i = 0; i <= 10; i++)
    say("%d: %d", i, (int) uv_utf16_length_as_wtf8(mixed, i));
  say("%d", (int) uv_utf16_length_as_wtf8(nuls, -1));
  say("%d", (int) uv_utf16_length_as_wtf8(nuls, 4));

  for (room = 1; room < 6; room++) {
    back(plain, -1, room);
    back(plain, 3, room);
    back(plain, 2, room);
    back(nuls, -1, room);
    back(nuls, 3, room);
  }
  back(plain, 0, 5);
  back(plain + 3, -1, 5);
  back(plain, -1, 0);
  back(plain, 0, 0);
  back(lone, -1, 16);
  back(lone, 1, 16);
  back(lone, 2, 16);
  back(mixed, 6, 16);
  /* what is cut within a character */
  for (room = 1; room < 10; room++) back(mixed, 4, room);

  made = NULL;
  length = 4711;
  TRY(uv_utf16_to_wtf8(mixed, -1, &made, &length));
  say("length %d, strlen %d, blocks %ld", (int) length, (int) strlen(made),
      outstanding);
  counted_free(made);
  made = NULL;
  TRY(uv_utf16_to_wtf8(plain, 0, &made, NULL));
  say("\"%s\", blocks %ld", made, outstanding);
  counted_free(made);
  TRY(uv_utf16_to_wtf8(plain, 2, NULL, &length));
  say("length %d", (int) length);
  TRY(uv_utf16_to_wtf8(plain, 2, NULL, NULL));

  for (i = 0; i < 50000; i++) {
    char text[24];
    uint16_t units[32];
    ssize_t n;
    int bytes = (int) chance(20);
    for (j = 0; j < bytes; j++)
      text[j] = (char) (chance(2)   ? 0x80 + chance(64)
                        : chance(2) ? 0xc0 + chance(64)
                                    : 1 + chance(127));
    text[bytes] = 0;
    n = uv_wtf8_length_as_utf16(text);
    digested(&n, sizeof n);
    if (n < 0) continue;
    uv_wtf8_to_utf16(text, units, (size_t) n);
    digested(units, (size_t) n * 2);
    made = NULL;
    MUST(uv_utf16_to_wtf8(units, -1, &made, &length));
    digested(&length, sizeof length);
    digested(made, length + 1);
    counted_free(made);
  }
  say("by chance: digest %" PRIx64, digest);
  for (i = 0; i < 50000; i++) {
    uint16_t units[16];
    int count = (int) chance(16);
    for (j = 0; j < count; j++)
      units[j] = (uint16_t) (chance(3)   ? 0xd700 + chance(0xa00)
                             : chance(2) ? chance(0x10000)
                                         : 1 + chance(127));
    made = NULL;
    MUST(uv_utf16_to_wtf8(units, count, &made, &length));
    digested(&length, sizeof length);
    digested(made, length + 1);
    counted_free(made);
  }
  say("and back: digest %" PRIx64, digest);
  leftovers();
  return 0;
}
