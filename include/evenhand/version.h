/* version.h - the library's version and its export macro. */
#ifndef EVENHAND_VERSION_H
#define EVENHAND_VERSION_H

#define EH_VERSION_MAJOR 0
#define EH_VERSION_MINOR 1
#define EH_VERSION_PATCH 0
#define EH_VERSION       "0.1.0"

#if defined(__GNUC__)
#define EH_API __attribute__((visibility("default")))
#else
#define EH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the linked library, "major.minor.patch". Never NULL. */
EH_API const char *eh_version(void);

#ifdef __cplusplus
}
#endif
#endif
