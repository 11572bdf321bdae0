/* codec_jpeg.c - JPEG by libjpeg-turbo's classic interface.
 *
 * Idea    libjpeg reports errors by a callback that must not return: it writes the sentence and longjmps to the caller. What libjpeg
 *         only warns of (a stream that ends early, a wrong code) leaves grey blocks behind, so such warnings count as failures here.
 *         Where a smaller picture will do, the DCT is evaluated at 1/2, 1/4 or 1/8 of the size.
 * Source  ITU-T T.81; libjpeg-turbo's libjpeg.txt ("Error handling", "Progressive JPEG support", "Progress monitoring").
 * Easy to get wrong: locals changed between setjmp and longjmp (so all state lives in a struct); a tiny progressive file with thousands
 * of scans that each cover the whole picture (so scans are counted by the progress monitor); CMYK files by Adobe hold inverted values.
 */
#include "image/codec.h"

#include "evenhand/memory.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* Everything that one call needs; libjpeg's callbacks reach it through the error manager, its first member. */
typedef struct jpeg_session {
    struct jpeg_error_mgr manager;
    jmp_buf out;
    struct jpeg_progress_mgr monitor;
    struct jpeg_decompress_struct reader;
    struct jpeg_compress_struct writer;
    int max_scans;
    eh_status status;
    eh_error *err;
    uint8_t *row;           /* one line of CMYK */
    unsigned char *encoded; /* libjpeg's own buffer */
    unsigned long encoded_size;
} jpeg_session;

static void on_error(j_common_ptr common)
{
    jpeg_session *s = (jpeg_session *)common->err;
    char text[JMSG_LENGTH_MAX];
    common->err->format_message(common, text);
    if (common->err->msg_code == JERR_OUT_OF_MEMORY)
        s->status = eh_fail(s->err, EH_ERR_MEMORY, "not enough memory for a JPEG: %s", text);
    else if (common->err->msg_code == JERR_INPUT_EMPTY || common->err->msg_code == JERR_INPUT_EOF)
        s->status = eh_fail(s->err, EH_ERR_INPUT, "truncated JPEG: %s", text);
    else
        s->status = eh_fail(s->err, EH_ERR_INPUT, "damaged JPEG: %s", text);
    longjmp(s->out, 1);
}

/* Warnings (level < 0) that mean lost pixels are failures; the rest, and traces, are nothing. */
static void on_message(j_common_ptr common, int level)
{
    if (level >= 0)
        return;
    jpeg_session *s = (jpeg_session *)common->err;
    int code = common->err->msg_code;
    char text[JMSG_LENGTH_MAX];
    if (code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
        code == JWRN_TOO_MUCH_DATA)
        return;
    common->err->format_message(common, text);
    bool ends_early = code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER;
    s->status = eh_fail(s->err, EH_ERR_INPUT, "%s JPEG: %s", ends_early ? "truncated" : "damaged", text);
    longjmp(s->out, 1);
}

static void on_progress(j_common_ptr common)
{
    jpeg_session *s = (jpeg_session *)common->err;
    if (s->reader.input_scan_number <= s->max_scans)
        return;
    s->status = eh_fail(s->err, EH_ERR_LIMIT, "JPEG with more than %d scans", s->max_scans);
    longjmp(s->out, 1);
}

static void session_begin(jpeg_session *s, eh_error *err)
{
    memset(s, 0, sizeof *s);
    s->err = err;
    jpeg_std_error(&s->manager);
    s->manager.error_exit = on_error;
    s->manager.emit_message = on_message;
    s->monitor.progress_monitor = on_progress;
}

static bool match(const uint8_t *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

/* The EXIF block of APP1 among the markers that were saved. */
static int orientation_of(const struct jpeg_decompress_struct *reader)
{
    static const char exif_header[6] = "Exif\0";
    for (const struct jpeg_marker_struct *m = reader->marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length > sizeof exif_header &&
            memcmp(m->data, exif_header, sizeof exif_header) == 0)
            return eh_exif_orientation(m->data + sizeof exif_header, m->data_length - sizeof exif_header);
    return 1;
}

/* Between this call and session_end every libjpeg call may longjmp to s->out. */
static void read_header(jpeg_session *s, const uint8_t *bytes, size_t size)
{
    s->reader.err = &s->manager;
    jpeg_create_decompress(&s->reader);
    s->reader.progress = &s->monitor;
    jpeg_mem_src(&s->reader, bytes, (unsigned long)size);
    jpeg_save_markers(&s->reader, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&s->reader, TRUE);
}

static void session_end(jpeg_session *s)
{
    jpeg_destroy_decompress(&s->reader);
    jpeg_destroy_compress(&s->writer);
    eh_free(s->row);
    free(s->encoded); /* libjpeg's own allocation */
}

static eh_image_info info_of(const struct jpeg_decompress_struct *reader)
{
    return (eh_image_info){ .format = "jpeg",
                            .width = (int)reader->image_width,
                            .height = (int)reader->image_height,
                            .channels = reader->num_components == 1 ? 1 : 3,
                            .orientation = orientation_of(reader) };
}

static eh_status probe(eh_image_info *out, const uint8_t *bytes, size_t size, eh_error *err)
{
    jpeg_session s;
    session_begin(&s, err);
    s.max_scans = INT32_MAX;
    if (setjmp(s.out) == 0) {
        read_header(&s, bytes, size);
        *out = info_of(&s.reader);
    }
    session_end(&s);
    return s.status;
}

/* One CMYK line to RGB. Files by Adobe (those with its marker) hold inverted values. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, int width, bool inverted)
{
    for (int x = 0; x < width; x++, rgb += 3, cmyk += 4) {
        int light = inverted ? cmyk[3] : 255 - cmyk[3];
        for (int c = 0; c < 3; c++) {
            int ink_free = inverted ? cmyk[c] : 255 - cmyk[c];
            rgb[c] = (uint8_t)((ink_free * light + 127) / 255);
        }
    }
}

/* Asks for the smallest of 1/1, 1/2, 1/4, 1/8 whose shorter side is still >= min_side. */
static void choose_scale(struct jpeg_decompress_struct *reader, int min_side)
{
    unsigned shorter =
        reader->image_width < reader->image_height ? reader->image_width : reader->image_height;
    unsigned divide = 8;
    while (divide > 1 && (min_side <= 0 || (shorter + divide - 1) / divide < (unsigned)min_side))
        divide /= 2;
    reader->scale_num = 1;
    reader->scale_denom = divide;
}

static void decode_pixels(jpeg_session *s, eh_image *out, const eh_decode_opts *opts)
{
    struct jpeg_decompress_struct *reader = &s->reader;
    bool cmyk = reader->num_components == 4;
    int channels = 3;

    if (cmyk) {
        reader->out_color_space = JCS_CMYK;
    } else if (opts->channels == 1 || reader->num_components == 1) {
        reader->out_color_space = JCS_GRAYSCALE;
        channels = 1;
    } else {
        reader->out_color_space = JCS_RGB;
    }
    choose_scale(reader, opts->min_side);
    jpeg_calc_output_dimensions(reader);
    s->status =
        eh_image_alloc_raw(out, (int)reader->output_width, (int)reader->output_height, channels, s->err);
    if (s->status == EH_OK && cmyk) {
        s->row = eh_alloc_raw(reader->output_width, 4);
        if (!s->row)
            s->status = eh_fail_memory(s->err, "a line of a JPEG", reader->output_width, 4);
    }
    if (s->status != EH_OK)
        return;

    jpeg_start_decompress(reader);
    size_t stride = (size_t)reader->output_width * (size_t)channels;
    while (reader->output_scanline < reader->output_height) {
        uint8_t *line = out->data + stride * reader->output_scanline;
        JSAMPROW target = cmyk ? s->row : line;
        jpeg_read_scanlines(reader, &target, 1);
        if (cmyk)
            cmyk_to_rgb(line, s->row, (int)reader->output_width, reader->saw_Adobe_marker);
    }
    jpeg_finish_decompress(reader); /* reads up to the end marker, and warns where it is missing */
}

static eh_status read_picture(eh_image *out, eh_image_info *info, const uint8_t *bytes, size_t size,
                              const eh_decode_opts *opts, eh_error *err)
{
    jpeg_session s;
    session_begin(&s, err);
    s.max_scans = eh_image_limits_filled(&opts->limits).max_scans;
    if (setjmp(s.out) == 0) {
        read_header(&s, bytes, size);
        *info = info_of(&s.reader);
        s.status = eh_image_check_limits(info, &opts->limits, err);
        if (s.status == EH_OK)
            decode_pixels(&s, out, opts);
    }
    session_end(&s);
    if (s.status != EH_OK)
        eh_image_clear(out);
    return s.status;
}

static eh_status decode(eh_image *out, const eh_image_info *info, const uint8_t *bytes, size_t size,
                        const eh_decode_opts *opts, eh_error *err)
{
    eh_image_info again = *info;
    return read_picture(out, &again, bytes, size, opts, err);
}

static void encode_pixels(jpeg_session *s, const eh_image *image, int quality)
{
    struct jpeg_compress_struct *writer = &s->writer;
    writer->err = &s->manager;
    jpeg_create_compress(writer);
    jpeg_mem_dest(writer, &s->encoded, &s->encoded_size);
    writer->image_width = (JDIMENSION)image->width;
    writer->image_height = (JDIMENSION)image->height;
    writer->input_components = image->channels;
    writer->in_color_space = image->channels == 1   ? JCS_GRAYSCALE
                             : image->channels == 3 ? JCS_RGB
                                                    : JCS_EXT_RGBX;
    jpeg_set_defaults(writer);
    jpeg_set_quality(writer, quality, TRUE);
    if (image->channels != 1 && quality >= 90)
        writer->comp_info[0].h_samp_factor = writer->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(writer, TRUE);
    size_t stride = (size_t)image->width * (size_t)image->channels;
    while (writer->next_scanline < writer->image_height) {
        JSAMPROW line = image->data + stride * writer->next_scanline;
        jpeg_write_scanlines(writer, &line, 1);
    }
    jpeg_finish_compress(writer);
}

eh_status eh_image_encode_jpeg(uint8_t **bytes, size_t *size, const eh_image *image, int quality,
                               eh_error *err)
{
    jpeg_session s;
    *bytes = NULL;
    *size = 0;
    if (!image->data || image->width < 1 || image->height < 1)
        return eh_fail(err, EH_ERR_USAGE, "cannot encode an empty picture as JPEG");
    if (image->width > JPEG_MAX_DIMENSION || image->height > JPEG_MAX_DIMENSION)
        return eh_fail(err, EH_ERR_LIMIT,
                       "cannot encode %d x %d pixels as JPEG: the format's limit is %ld per side",
                       image->width, image->height, JPEG_MAX_DIMENSION);
    if (quality < 1 || quality > 100)
        return eh_fail(err, EH_ERR_USAGE, "JPEG quality %d is outside 1..100", quality);
    session_begin(&s, err);
    if (setjmp(s.out) == 0)
        encode_pixels(&s, image, quality);
    if (s.status == EH_OK) {
        *bytes = eh_alloc_raw(s.encoded_size, 1);
        if (*bytes) {
            memcpy(*bytes, s.encoded, s.encoded_size);
            *size = s.encoded_size;
        } else {
            s.status = eh_fail_memory(err, "an encoded JPEG", s.encoded_size, 1);
        }
    }
    session_end(&s);
    return s.status;
}

const eh_codec eh_codec_jpeg = {
    .entry = { .name = "jpeg",
               .summary = "JPEG, baseline and progressive, grey, RGB and CMYK",
               .source = "ITU-T T.81, 1992" },
    .match = match,
    .probe = probe,
    .decode = decode,
    .read = read_picture,
};
