/* What pyuv 1.4.0 asks of CPython's C API and new versions have dropped.
 *
 * Force-included by CFLAGS (-include compat.h), so pyuv's own sources stay as
 * they were released. On CPython 3.6 to 3.9 it changes nothing. */
#ifndef PYUV_COMPAT_H
#define PYUV_COMPAT_H

/* As pyuv.h defines it, and as it must be before Python.h is read. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#if PY_VERSION_HEX >= 0x030a0000

/* pyuv assigns to it. */
#undef Py_REFCNT
#define Py_REFCNT(object) (((PyObject *) (object))->ob_refcnt)

/* pyuv calls it with the characters and the length of one object, which it
 * takes apart by the two macros below; today the object itself is encoded. */
#undef PyUnicode_AS_UNICODE
#undef PyUnicode_GET_SIZE
#undef PyUnicode_EncodeUTF8
#define PyUnicode_AS_UNICODE(object) (object)
#define PyUnicode_GET_SIZE(object) PyUnicode_GET_LENGTH(object)
#define PyUnicode_EncodeUTF8(object, length, errors) \
  ((void) (length), PyUnicode_AsEncodedString((object), "utf-8", (errors)))

#endif

#if PY_VERSION_HEX >= 0x030d0000
/* Threads are always there. */
#define PyEval_InitThreads() ((void) 0)
#endif

#endif
