/* query_parse.c - from text to a tree; the grammar stands in evenhand/query.h.
 *
 * Recursive descent over words. A word goes on until a blank, a sign of the language or ".."; so 2012-01-01, a/b*.png and -5 are single words, and
 * 10..14 is three. A word in quotes is never a word of the language, and inside it a doubled quote stands for itself.
 */
#include "data/query_tree.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

typedef enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_SIGN, /* = != < <= > >= ~ !~ ( ) , .. */
} token_kind;

typedef struct token {
    token_kind kind;
    eh_query_word word; /* of a sign: its text */
} token;

typedef struct parser {
    eh_query *query;
    const char *next; /* behind the token at hand */
    size_t at;        /* character number of *next */
    token now;
    size_t capacity, depth;
    eh_error *err;
} parser;

eh_status(eh_query_fail)(const char *text, size_t at, eh_error *err, const char *format, ...)
{
    eh_str sentence = { 0 };
    va_list args;
    va_start(args, format);
    eh_str_appendv(&sentence, format, args);
    va_end(args);
    eh_status status = eh_fail(err, EH_ERR_USAGE, "the query '%.200s%s', character %zu: %s", text,
                               strlen(text) > 200 ? "..." : "", at, eh_str_text(&sentence));
    eh_str_clear(&sentence);
    if (err)
        eh_replace_control(err->message);
    return status;
}

#define FAIL(p, place, ...) eh_query_fail((p)->query->text, (place), (p)->err, __VA_ARGS__)

static eh_status no_memory(const parser *p)
{
    return eh_fail_memory(p->err, "a query", strlen(p->query->text), 16);
}

/* ---------------------------------------------------------------- words */

/* Moves over `bytes` bytes. */
static void skip(parser *p, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        p->at += ((unsigned char)p->next[i] & 0xc0) != 0x80;
    p->next += bytes;
}

static bool ends_word(const char *c)
{
    return *c == '\0' || (unsigned char)*c <= ' ' || strchr("=<>!~(),\"'`", *c) ||
           (c[0] == '.' && c[1] == '.');
}

static eh_status read_quoted(parser *p)
{
    char quote = *p->next;
    const char *c = p->next + 1;
    eh_str text = { 0 };
    for (; *c && (*c != quote || c[1] == quote); c++) {
        eh_str_append_bytes(&text, c, 1);
        c += *c == quote;
    }
    p->now = (token){ TOKEN_WORD, { .at = p->at, .quoted = true } };
    if (!*c) {
        eh_str_clear(&text);
        return FAIL(p, p->at, "the quote %c that begins here does not end", quote);
    }
    p->now.word.text = eh_arena_strdup(p->query->arena, eh_str_text(&text));
    bool failed = text.failed || !p->now.word.text;
    eh_str_clear(&text);
    skip(p, (size_t)(c + 1 - p->next));
    return failed ? no_memory(p) : EH_OK;
}

/* The length of the sign at `c`; 0 when there is none. */
static size_t sign_length(const char *c)
{
    static const char *const sign[] = {
        "==", "!=", "<=", ">=", "!~", "..", "=", "<", ">", "~", "(", ")", ","
    };
    for (size_t i = 0; i < sizeof sign / sizeof *sign; i++)
        if (eh_starts_with(c, sign[i]))
            return strlen(sign[i]);
    return 0;
}

static eh_status advance(parser *p)
{
    skip(p, strspn(p->next, " \t\r\n"));
    if (*p->next == '"' || *p->next == '\'')
        return read_quoted(p);
    size_t length = sign_length(p->next);
    token_kind kind = length ? TOKEN_SIGN : *p->next ? TOKEN_WORD : TOKEN_END;
    while (kind == TOKEN_WORD && !ends_word(p->next + length))
        length++;
    if (kind == TOKEN_WORD && length == 0)
        return FAIL(p, p->at, "'%c' has no meaning here; a name or value that holds it stands in quotes",
                    *p->next);
    p->now =
        (token){ kind,
                 { .text = eh_arena_printf(p->query->arena, "%.*s", (int)length, p->next), .at = p->at } };
    skip(p, length);
    return p->now.word.text ? EH_OK : no_memory(p);
}

static bool is_sign(const parser *p, const char *sign)
{
    return p->now.kind == TOKEN_SIGN && strcmp(p->now.word.text, sign) == 0;
}

static bool is_keyword(const parser *p, const char *word)
{
    return p->now.kind == TOKEN_WORD && !p->now.word.quoted && strcasecmp(p->now.word.text, word) == 0;
}

/* The keyword that stands here, or NULL. */
static const char *any_keyword(const parser *p)
{
    static const char *const word[] = { "and", "or", "not", "in", "is", "missing" };
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (is_keyword(p, word[i]))
            return word[i];
    return NULL;
}

/* What stands here, for messages. */
static const char *found(const parser *p)
{
    return p->now.kind == TOKEN_END ? "the end" : p->now.word.text;
}

/* ---------------------------------------------------------------- tests */

static eh_status take_value(parser *p, eh_query_word *out, const char *what)
{
    const char *keyword = any_keyword(p);
    if (keyword)
        return FAIL(p, p->now.word.at,
                    "%s is expected, but '%s' is a word of the language; write \"%s\" in quotes if it is "
                    "meant",
                    what, keyword, keyword);
    if (p->now.kind != TOKEN_WORD)
        return FAIL(p, p->now.word.at, "%s is expected, not %s", what, found(p));
    *out = p->now.word;
    return advance(p);
}

static eh_status add_item(parser *p, eh_query_test *test, eh_query_item item)
{
    eh_query_item *one = eh_arena_alloc(p->query->arena, 1, sizeof *one), **last = &test->item;
    if (!one)
        return no_memory(p);
    *one = item;
    while (*last)
        last = &(*last)->next;
    *last = one;
    return EH_OK;
}

/* value | value ".." value */
static eh_status parse_item(parser *p, eh_query_test *test, bool range_only)
{
    eh_query_item item = { .kind = EH_QUERY_EQUAL };
    EH_TRY(take_value(p, &item.low, "a value"));
    if (is_sign(p, "..")) {
        item.kind = EH_QUERY_RANGE;
        EH_TRY(advance(p));
        EH_TRY(take_value(p, &item.high, "the end of the range"));
    } else if (range_only) {
        return FAIL(p, item.low.at,
                    "'in' is followed by a range such as 10..14 or by a list in brackets such as (a, b)");
    }
    return add_item(p, test, item);
}

static eh_status parse_set(parser *p, eh_query_test *test)
{
    if (!is_sign(p, "("))
        return parse_item(p, test, true);
    size_t open = p->now.word.at;
    do {
        EH_TRY(advance(p));
        EH_TRY(parse_item(p, test, false));
    } while (is_sign(p, ","));
    if (!is_sign(p, ")"))
        return FAIL(p, p->now.word.at,
                    "the list that begins at character %zu goes on with ',' or ends with ')', not with %s",
                    open, found(p));
    return advance(p);
}

/* The test behind a sign of comparison. */
static eh_status parse_comparison(parser *p, eh_query_test *test)
{
    const char *sign = p->now.word.text;
    eh_query_item item = { .kind = EH_QUERY_EQUAL };
    eh_query_word value = { 0 };
    if (strchr("(),", *sign) || strcmp(sign, "..") == 0)
        return FAIL(p, p->now.word.at, "a comparison such as = or in is expected behind '%s', not %s",
                    test->name.text, sign);
    EH_TRY(advance(p));
    EH_TRY(take_value(p, &value, *sign == '~' || sign[1] == '~' ? "a pattern" : "a value"));
    test->negated = *sign == '!';
    item.low = value;
    if (*sign == '~' || sign[1] == '~') {
        item.kind = EH_QUERY_PATTERN;
    } else if (*sign == '<') {
        item = (eh_query_item){ .kind = EH_QUERY_RANGE, .high = value, .high_open = sign[1] != '=' };
    } else if (*sign == '>') {
        item.kind = EH_QUERY_RANGE;
        item.low_open = sign[1] != '=';
    }
    return add_item(p, test, item);
}

/* name ..., the name having been read. */
static eh_status parse_predicate(parser *p, eh_query_test *test)
{
    if (p->now.kind == TOKEN_SIGN)
        return parse_comparison(p, test);
    bool is = is_keyword(p, "is");
    if (is)
        EH_TRY(advance(p));
    if (is_keyword(p, "not")) {
        test->negated = true;
        EH_TRY(advance(p));
    }
    if (is_keyword(p, "missing")) {
        EH_TRY(add_item(p, test, (eh_query_item){ .kind = EH_QUERY_MISSING }));
        return advance(p);
    }
    if (is_keyword(p, "in") && !is) {
        EH_TRY(advance(p));
        return parse_set(p, test);
    }
    if (is)
        return FAIL(p, p->now.word.at, "'is' is followed by 'missing' or 'not missing', not by %s", found(p));
    return FAIL(p, p->now.word.at, "a comparison such as = or in is expected behind '%s', not %s",
                test->name.text, found(p));
}

static eh_status parse_test(parser *p, eh_query_node **out)
{
    eh_query *q = p->query;
    if (q->tests == EH_QUERY_MOST_TESTS)
        return FAIL(p, p->now.word.at,
                    "more than %d tests stand in it; a list such as in (a, b, c) is one test",
                    EH_QUERY_MOST_TESTS);
    if (q->tests == p->capacity) {
        size_t next = p->capacity ? 2 * p->capacity : 8;
        eh_query_test *wider = eh_arena_alloc(q->arena, next, sizeof *wider);
        if (!wider)
            return no_memory(p);
        if (q->tests)
            memcpy(wider, q->test, q->tests * sizeof *wider);
        q->test = wider;
        p->capacity = next;
    }
    eh_query_test test = { 0 };
    EH_TRY(take_value(p, &test.name, "the name of a column"));
    EH_TRY(parse_predicate(p, &test));
    **out = (eh_query_node){ .kind = EH_QUERY_TEST, .test = q->tests };
    q->test[q->tests++] = test;
    return EH_OK;
}

/* ---------------------------------------------------------------- and, or, not */

static eh_status parse_or(parser *p, eh_query_node **out);

static eh_status new_node(parser *p, eh_query_node **out, eh_query_node_kind kind, eh_query_node *left)
{
    *out = eh_arena_alloc(p->query->arena, 1, sizeof **out);
    if (!*out)
        return no_memory(p);
    **out = (eh_query_node){ .kind = kind, .left = left };
    return EH_OK;
}

static eh_status parse_not(parser *p, eh_query_node **out)
{
    EH_TRY(new_node(p, out, EH_QUERY_NOT, NULL));
    bool bracket = is_sign(p, "("), negation = is_keyword(p, "not");
    if (!bracket && !negation)
        return parse_test(p, out);
    size_t open = p->now.word.at;
    if (++p->depth > EH_QUERY_DEEPEST)
        return FAIL(p, open, "more than %d brackets stand inside each other", EH_QUERY_DEEPEST);
    EH_TRY(advance(p));
    if (negation) {
        EH_TRY(parse_not(p, &(*out)->left));
    } else {
        EH_TRY(parse_or(p, out));
        if (!is_sign(p, ")"))
            return FAIL(p, p->now.word.at,
                        "'and', 'or' or the bracket that closes the one at character %zu is expected, not %s",
                        open, found(p));
        EH_TRY(advance(p));
    }
    p->depth--;
    return EH_OK;
}

static eh_status parse_and(parser *p, eh_query_node **out)
{
    EH_TRY(parse_not(p, out));
    while (is_keyword(p, "and")) {
        EH_TRY(advance(p));
        EH_TRY(new_node(p, out, EH_QUERY_AND, *out));
        EH_TRY(parse_not(p, &(*out)->right));
    }
    return EH_OK;
}

static eh_status parse_or(parser *p, eh_query_node **out)
{
    EH_TRY(parse_and(p, out));
    while (is_keyword(p, "or")) {
        EH_TRY(advance(p));
        EH_TRY(new_node(p, out, EH_QUERY_OR, *out));
        EH_TRY(parse_and(p, &(*out)->right));
    }
    return EH_OK;
}

/* Every name once. */
static eh_status list_names(parser *p)
{
    eh_query *q = p->query;
    q->name = eh_arena_alloc(q->arena, q->tests, sizeof *q->name);
    if (!q->name)
        return no_memory(p);
    for (size_t i = 0; i < q->tests; i++) {
        size_t k = 0;
        while (k < q->names && strcmp(q->name[k], q->test[i].name.text) != 0)
            k++;
        if (k == q->names)
            q->name[q->names++] = q->test[i].name.text;
    }
    return EH_OK;
}

static eh_status parse(parser *p)
{
    EH_TRY(advance(p));
    if (p->now.kind == TOKEN_END)
        return eh_fail(p->err, EH_ERR_USAGE,
                       "the query is empty; write one such as \"age in 10..14 and gender=male\"");
    EH_TRY(parse_or(p, &p->query->root));
    if (is_keyword(p, "&&") || is_keyword(p, "&") || is_keyword(p, "||") || is_keyword(p, "|"))
        return FAIL(p, p->now.word.at, "'%s' is no word of the language; write '%s'", found(p),
                    *found(p) == '&' ? "and" : "or");
    if (p->now.kind != TOKEN_END)
        return FAIL(p, p->now.word.at, "'and', 'or' or the end is expected, not %s%s", found(p),
                    is_sign(p, ")") ? ", which closes no bracket" : "");
    return list_names(p);
}

eh_status eh_query_parse(eh_query **out, const char *text, eh_error *err)
{
    *out = NULL;
    size_t size = strlen(text);
    if (size > EH_QUERY_LONGEST)
        return eh_fail(err, EH_ERR_LIMIT, "a query of %zu bytes is too long; %d are allowed", size,
                       EH_QUERY_LONGEST);
    if (!eh_utf8_valid(text, size))
        return eh_fail(err, EH_ERR_USAGE, "a query must be UTF-8 text");
    eh_arena *arena = eh_arena_new();
    eh_query *q = arena ? eh_arena_alloc(arena, 1, sizeof *q) : NULL;
    if (!q) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "a query", 1, sizeof *q);
    }
    *q = (eh_query){ .arena = arena, .text = eh_arena_strdup(arena, text) };
    parser p = { .query = q, .next = q->text, .at = 1, .err = err };
    eh_status status = q->text ? parse(&p) : eh_fail_memory(err, "a query", size, 1);
    if (status == EH_OK)
        *out = q;
    else
        eh_query_free(q);
    return status;
}

void eh_query_free(eh_query *query)
{
    if (query)
        eh_arena_free(query->arena);
}

const char *eh_query_text(const eh_query *query)
{
    return query->text;
}

size_t eh_query_names(const eh_query *query)
{
    return query->names;
}

const char *eh_query_name(const eh_query *query, size_t i)
{
    return query->name[i];
}
