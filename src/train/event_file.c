/* event_file.c - event files as TensorBoard reads them.
 *
 * Format  a TFRecord a time: length (8 bytes, lowest first), masked checksum of these 8 bytes, the message, masked checksum of the message.
 *         mask(c) = (c rotated right by 15 bits) + 0xa282ead8, c = CRC-32C.
 *         The message is an Event: wall_time 1 (double), step 2, and one of file_version 3 (text), summary 5, session_log 7.
 *         Summary: value 1 (repeated): tag 1, simple_value 2 (float) or image 4: height 1, width 2, colorspace 3 (channels), PNG 4.
 *         SessionLog: status 1 (1 = start).
 * Source  tensorflow/core/util/event.proto, framework/summary.proto, lib/io/record_writer.cc.
 * Easy to get wrong: readers drop everything with a step of the start or later, so a restart names the first step that will be written again.
 */
#include "train/event_file.h"

#include "evenhand/memory.h"

#include "base/crc32c.h"
#include "base/file.h"

#include <math.h>

enum { WALL_TIME = 1, STEP = 2, FILE_VERSION = 3, SUMMARY = 5, SESSION_LOG = 7 };

static void append_number(eh_str *record, uint64_t value, size_t size)
{
    uint8_t byte[8];
    for (size_t i = 0; i < size; i++)
        byte[i] = (uint8_t)(value >> 8 * i);
    eh_str_append_bytes(record, byte, size);
}

static void append_checksum(eh_str *record, const void *bytes, size_t size)
{
    uint32_t crc = eh_crc32c(bytes, size);
    append_number(record, (crc >> 15 | crc << 17) + UINT32_C(0xa282ead8), 4);
}

/* Frames and writes an event; clears it. */
static eh_status write_record(eh_append_file *file, eh_str *event, eh_error *err)
{
    eh_str record = { 0 };
    append_number(&record, event->size, 8);
    if (!record.failed)
        append_checksum(&record, record.data, 8);
    eh_str_append_bytes(&record, event->data, event->size);
    append_checksum(&record, event->data, event->size);
    record.failed = record.failed || event->failed;
    eh_status status = eh_str_check(&record, err);
    if (status == EH_OK)
        status = eh_append_write(file, record.data, record.size, err);
    eh_str_clear(&record);
    eh_str_clear(event);
    return status;
}

static eh_str begin_event(uint64_t step)
{
    eh_str event = { 0 };
    eh_proto_double(&event, WALL_TIME, eh_wall_seconds());
    eh_proto_int(&event, STEP, (int64_t)step);
    return event;
}

eh_status eh_event_open(eh_append_file *out, const char *path, uint64_t keep, eh_error *err)
{
    EH_TRY(eh_append_open(out, path, keep, err));
    if (keep)
        return EH_OK;
    eh_str event = begin_event(0);
    eh_proto_text(&event, FILE_VERSION, "brain.Event:2");
    return write_record(out, &event, err);
}

eh_status eh_event_restart(eh_append_file *file, uint64_t step, eh_error *err)
{
    eh_str event = begin_event(step), session = { 0 };
    eh_proto_int(&session, 1, 1);
    eh_proto_message(&event, SESSION_LOG, &session);
    return write_record(file, &event, err);
}

void eh_event_scalar(eh_str *values, const char *tag, double value)
{
    eh_str one = { 0 };
    if (!isfinite(value))
        return;
    eh_proto_text(&one, 1, tag);
    eh_proto_float(&one, 2, (float)value);
    eh_proto_message(values, 1, &one);
}

eh_status eh_event_image(eh_str *values, const char *tag, const eh_image *image, eh_error *err)
{
    eh_str one = { 0 }, picture = { 0 };
    uint8_t *png = NULL;
    size_t size = 0;
    EH_TRY(eh_image_encode_png(&png, &size, image, err));
    eh_proto_int(&picture, 1, image->height);
    eh_proto_int(&picture, 2, image->width);
    eh_proto_int(&picture, 3, image->channels);
    eh_proto_bytes(&picture, 4, png, size);
    eh_free(png);
    eh_proto_text(&one, 1, tag);
    eh_proto_message(&one, 4, &picture);
    eh_proto_message(values, 1, &one);
    return EH_OK;
}

eh_status eh_event_write(eh_append_file *file, uint64_t step, eh_str *values, eh_error *err)
{
    if (values->size == 0 && !values->failed)
        return EH_OK;
    eh_str event = begin_event(step);
    eh_proto_message(&event, SUMMARY, values);
    return write_record(file, &event, err);
}
