/* str.c - growing strings; see str.h. Text tests and numbers are in text.c. */
#include "base/str.h"

#include "evenhand/memory.h"

#include <stdio.h>
#include <string.h>

/* Makes room for `more` bytes and a NUL; false (and failed) when it cannot. */
static bool reserve(eh_str *s, size_t more)
{
    if (s->failed)
        return false;
    if (more >= SIZE_MAX / 4 || s->size >= SIZE_MAX / 4) {
        s->failed = true;
        return false;
    }
    size_t needed = s->size + more + 1;
    if (needed <= s->capacity)
        return true;
    size_t capacity = s->capacity ? s->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    char *data = eh_realloc(s->data, s->data ? s->size + 1 : 0, capacity, 1);
    if (!data) {
        s->failed = true;
        return false;
    }
    s->data = data;
    s->capacity = capacity;
    return true;
}

void eh_str_append_bytes(eh_str *s, const void *bytes, size_t size)
{
    if (!reserve(s, size))
        return;
    if (size > 0)
        memcpy(s->data + s->size, bytes, size);
    s->size += size;
    s->data[s->size] = '\0';
}

void eh_str_append(eh_str *s, const char *text)
{
    eh_str_append_bytes(s, text, strlen(text));
}

void eh_str_appendv(eh_str *s, const char *format, va_list args)
{
    if (s->failed)
        return;
    va_list again;
    va_copy(again, args);
    char small[256];
    int length = vsnprintf(small, sizeof small, format, args);
    if (length < 0)
        s->failed = true;
    else if ((size_t)length < sizeof small)
        eh_str_append_bytes(s, small, (size_t)length);
    else if (reserve(s, (size_t)length)) {
        vsnprintf(s->data + s->size, (size_t)length + 1, format, again);
        s->size += (size_t)length;
    }
    va_end(again);
}

void eh_str_appendf(eh_str *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    eh_str_appendv(s, format, args);
    va_end(args);
}

void eh_str_clear(eh_str *s)
{
    eh_free(s->data);
    *s = (eh_str){ 0 };
}

eh_status eh_str_check(const eh_str *s, eh_error *err)
{
    if (s->failed)
        return eh_fail_memory(err, "text", s->size, 1);
    return EH_OK;
}

const char *eh_str_text(const eh_str *s)
{
    return s->data ? s->data : "";
}

char *eh_trim(char *text)
{
    text += strspn(text, " ");
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    return text;
}
