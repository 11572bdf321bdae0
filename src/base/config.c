/* config.c - YAML (libyaml) into a tree that knows its lines; see config.h.
 *
 * Only what a recipe needs: mappings with scalar keys, sequences, scalars. Anchors, tags and further documents are refused,
 * since each of them lets a short file mean something long or surprising.
 */
#include "base/config.h"
#include "base/file.h"

#include <string.h>
#include <yaml.h>

#define MAX_DEPTH 16
#define MAX_BYTES ((size_t)16 << 20)

typedef struct reader {
    yaml_parser_t yaml;
    eh_arena *arena;
    const char *file;
    eh_error *err;
} reader;

static int line_of(const yaml_event_t *event)
{
    return (int)event->start_mark.line + 1;
}

static eh_status out_of_memory(const reader *r)
{
    return eh_fail_memory(r->err, r->file, 1, sizeof(eh_config));
}

/* The next event; the caller deletes it, also after a failure. */
static eh_status next_event(reader *r, yaml_event_t *event)
{
    memset(event, 0, sizeof *event);
    if (yaml_parser_parse(&r->yaml, event))
        return EH_OK;
    if (r->yaml.error == YAML_MEMORY_ERROR)
        return out_of_memory(r);
    const char *problem = r->yaml.problem ? r->yaml.problem : "it cannot be parsed";
    if (r->yaml.error == YAML_READER_ERROR)
        return eh_fail(r->err, EH_ERR_INPUT, "%s is not UTF-8 text (byte %zu: %s).", r->file,
                       r->yaml.problem_offset, problem);
    return eh_fail(r->err, EH_ERR_INPUT, "%s:%d:%d: this is not valid YAML: %s%s%s.", r->file,
                   (int)r->yaml.problem_mark.line + 1, (int)r->yaml.problem_mark.column + 1,
                   r->yaml.context ? r->yaml.context : "", r->yaml.context ? ", " : "", problem);
}

static eh_status refuse_extras(const reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                               const yaml_char_t *tag)
{
    if (anchor)
        return eh_fail(r->err, EH_ERR_INPUT, "%s:%d: anchors (&%s) are not supported; write the value out.",
                       r->file, line_of(event), (const char *)anchor);
    if (tag)
        return eh_fail(r->err, EH_ERR_INPUT, "%s:%d: tags (%s) are not supported; remove it.", r->file,
                       line_of(event), (const char *)tag);
    return EH_OK;
}

static bool is_null_word(const char *text)
{
    return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 ||
           strcmp(text, "NULL") == 0;
}

static eh_status take_scalar(reader *r, const yaml_event_t *event, eh_config *node)
{
    EH_TRY(refuse_extras(r, event, event->data.scalar.anchor, event->data.scalar.tag));
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length)
        return eh_fail(r->err, EH_ERR_INPUT, "%s:%d: a value contains a NUL character; remove it.", r->file,
                       line_of(event));
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->type = plain && is_null_word(text) ? EH_CONFIG_NULL : EH_CONFIG_SCALAR;
    node->text = eh_arena_strdup(r->arena, text);
    return node->text ? EH_OK : out_of_memory(r);
}

static eh_status take_node(reader *r, const yaml_event_t *event, int depth, eh_config **out);

/* Members are collected in a growing array of eh_alloc and end up in the arena. */
typedef struct members {
    eh_config **item;
    size_t count, capacity;
} members;

static eh_status add_member(reader *r, members *list, eh_config *member)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        eh_config **grown = eh_realloc(list->item, list->count, capacity, sizeof *grown);
        if (!grown)
            return out_of_memory(r);
        list->item = grown;
        list->capacity = capacity;
    }
    list->item[list->count++] = member;
    return EH_OK;
}

/* Checks that `event` is a usable key of the mapping collected so far; a copy in *key. */
static eh_status take_key(reader *r, const yaml_event_t *event, const members *list, const char **key)
{
    if (event->type != YAML_SCALAR_EVENT)
        return eh_fail(r->err, EH_ERR_INPUT, "%s:%d: a key must be a single word.", r->file, line_of(event));
    eh_config word = { 0 };
    EH_TRY(take_scalar(r, event, &word));
    *key = word.text;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->item[i]->key, *key) == 0)
            return eh_fail(r->err, EH_ERR_INPUT,
                           "%s:%d: \"%s\" is set a second time (first in line %d); remove one.", r->file,
                           line_of(event), *key, list->item[i]->line);
    return EH_OK;
}

/* The members of a sequence or mapping up to its end. */
static eh_status take_members(reader *r, eh_config *node, int depth, members *list)
{
    bool is_mapping = node->type == EH_CONFIG_MAPPING;
    yaml_event_type_t end = is_mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    const char *key = NULL; /* a key whose value comes next */
    for (;;) {
        yaml_event_t event;
        eh_config *member = NULL;
        eh_status status = next_event(r, &event);
        if (status == EH_OK && event.type == end) {
            yaml_event_delete(&event);
            return EH_OK;
        }
        if (status == EH_OK && is_mapping && !key) {
            status = take_key(r, &event, list, &key);
        } else if (status == EH_OK) {
            status = take_node(r, &event, depth + 1, &member);
            if (status == EH_OK) {
                member->key = key;
                key = NULL;
                status = add_member(r, list, member);
            }
        }
        yaml_event_delete(&event);
        if (status != EH_OK)
            return status;
    }
}

static eh_status take_node(reader *r, const yaml_event_t *event, int depth, eh_config **out)
{
    if (depth > MAX_DEPTH)
        return eh_fail(r->err, EH_ERR_LIMIT, "%s:%d: values nest deeper than %d levels.", r->file,
                       line_of(event), MAX_DEPTH);
    eh_config *node = eh_arena_alloc(r->arena, 1, sizeof *node);
    if (!node)
        return out_of_memory(r);
    node->file = r->file;
    node->line = line_of(event);
    *out = node;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(r, event, node);
    case YAML_SEQUENCE_START_EVENT:
        EH_TRY(refuse_extras(r, event, event->data.sequence_start.anchor, event->data.sequence_start.tag));
        node->type = EH_CONFIG_SEQUENCE;
        break;
    case YAML_MAPPING_START_EVENT:
        EH_TRY(refuse_extras(r, event, event->data.mapping_start.anchor, event->data.mapping_start.tag));
        node->type = EH_CONFIG_MAPPING;
        break;
    case YAML_ALIAS_EVENT:
        return eh_fail(r->err, EH_ERR_INPUT, "%s:%d: aliases (*%s) are not supported; write the value out.",
                       r->file, line_of(event), (const char *)event->data.alias.anchor);
    default:
        return eh_fail(r->err, EH_ERR_INTERNAL, "%s:%d: the YAML parser gave an unexpected event.", r->file,
                       line_of(event));
    }

    members list = { 0 };
    eh_status status = take_members(r, node, depth, &list);
    if (status == EH_OK && list.count > 0) {
        node->item = eh_arena_alloc(r->arena, list.count, sizeof *node->item);
        if (!node->item) {
            status = out_of_memory(r);
        } else {
            memcpy(node->item, list.item, list.count * sizeof *list.item);
            node->count = list.count;
        }
    }
    eh_free(list.item);
    return status;
}

/* The whole stream: one document or none. */
static eh_status take_stream(reader *r, eh_config **out)
{
    for (;;) {
        yaml_event_t event;
        eh_status status = next_event(r, &event);
        yaml_event_type_t type = event.type;
        if (status == EH_OK && type == YAML_DOCUMENT_START_EVENT && (*out)->line > 0)
            status = eh_fail(r->err, EH_ERR_INPUT, "%s:%d: a second document begins; keep one per file.",
                             r->file, line_of(&event));
        else if (status == EH_OK && type >= YAML_ALIAS_EVENT)
            status = take_node(r, &event, 1, out);
        yaml_event_delete(&event);
        if (status != EH_OK || type == YAML_STREAM_END_EVENT)
            return status;
    }
}

eh_status eh_config_parse(eh_config **out, eh_arena *arena, const char *name, const char *text, size_t size,
                          eh_error *err)
{
    *out = NULL;
    if (size > MAX_BYTES)
        return eh_fail(err, EH_ERR_LIMIT, "%s is larger than %zu bytes, the limit for YAML.", name,
                       MAX_BYTES);
    reader r = { .arena = arena, .err = err };
    r.file = eh_arena_strdup(arena, name);
    eh_config *root = eh_arena_alloc(arena, 1, sizeof *root);
    if (!r.file || !root || !yaml_parser_initialize(&r.yaml))
        return eh_fail_memory(err, name, size, 1);
    root->file = r.file; /* an empty file: type NULL, line 0 */
    yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, size);
    eh_status status = take_stream(&r, &root);
    yaml_parser_delete(&r.yaml);
    if (status == EH_OK)
        *out = root;
    return status;
}

eh_status eh_config_read(eh_config **out, eh_arena *arena, const char *path, eh_error *err)
{
    *out = NULL;
    uint8_t *bytes;
    size_t size;
    EH_TRY(eh_file_read(&bytes, &size, path, MAX_BYTES, err));
    eh_status status = eh_config_parse(out, arena, path, (const char *)bytes, size, err);
    eh_free(bytes);
    return status;
}

const eh_config *eh_config_get(const eh_config *mapping, const char *key)
{
    if (!mapping || mapping->type != EH_CONFIG_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->item[i]->key, key) == 0)
            return mapping->item[i];
    return NULL;
}
