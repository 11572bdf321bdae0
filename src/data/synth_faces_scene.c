/* synth_faces_scene.c - what is around a drawn face: background, shoulders, and the camera. */
#include "data/synth_faces.h"

void eh_draw_background(eh_canvas *c)
{
    const eh_face *f = c->face;
    eh_rgb first = eh_draw_linear(f->background_color[0]), second = eh_draw_linear(f->background_color[1]);
    eh_rgb third = eh_draw_linear(f->background_color[2]);
    eh_rgb *pixel = c->pixel;
    float angle = f->background_angle * EH_DRAW_PI / 180, cs = cosf(angle), sn = sinf(angle),
          scale = 1.0f / (float)c->size;
    for (int row = 0; row < c->size; row++) {
        for (int column = 0; column < c->size; column++, pixel++) {
            float x = (float)column * scale, y = (float)row * scale;
            float t = eh_draw_clamp(0.5f + (x - 0.5f) * cs + (y - 0.5f) * sn, 0,
                                    1); /* along the background's direction */
            eh_rgb color;
            switch (f->background) {
            case EH_BACKGROUND_PLAIN:
                color = eh_rgb_mix(first, second, 0.12f * t);
                break;
            case EH_BACKGROUND_GRADIENT:
                color = eh_rgb_mix(first, second, t);
                break;
            case EH_BACKGROUND_BLOBS: {
                float blob = eh_draw_noise(f->texture ^ 0x51u, x * 4, y * 4),
                      other = eh_draw_noise(f->texture ^ 0x52u, x * 2.8f, y * 2.8f);
                color = eh_rgb_mix(first, second, eh_draw_step(-0.35f, 0.45f, blob));
                color = eh_rgb_mix(color, third, eh_draw_step(0.0f, 0.6f, other) * 0.7f);
                break;
            }
            default: {
                float wave = sinf(t * (14 + (float)(f->texture % 12)));
                color = eh_rgb_mix(first, second, eh_draw_step(-0.25f, 0.25f, wave));
                break;
            }
            }
            *pixel = eh_rgb_scale(color, 0.55f * f->ambient + 0.65f);
        }
    }
}

/* Top line of the shoulders at horizontal place x. */
static float shoulder_line(const eh_face *f, float x)
{
    float neck = f->gender == EH_FACE_MALE ? 0.36f : 0.29f, slope = f->gender == EH_FACE_MALE ? 0.20f : 0.27f;
    float out = eh_draw_max(fabsf(x) - neck, 0);
    return 1.16f + slope * out * (0.6f + out * 0.75f);
}

/* Signed distance to the opening of the collar (negative: skin shows). */
static float collar(const eh_face *f, float x, float y)
{
    float depth = 0.10f + 0.12f * (float)(f->texture >> 4 & 3) / 3;
    if (f->texture >> 8 & 1) /* V-neck */
        return (fabsf(x) * 1.1f + (y - 1.20f - depth * 2)) * 0.7f;
    float dx = x / 0.42f, dy = (y - 1.14f) / (depth + 0.06f);
    return (sqrtf(dx * dx + dy * dy) - 1) * (depth + 0.06f);
}

void eh_draw_body(eh_canvas *c)
{
    const eh_face *f = c->face;
    float half_neck = eh_draw_mix(0.31f, 0.43f, f->jaw);
    eh_rgb cloth = eh_draw_linear(f->cloth_color);
    eh_box box = eh_draw_box(c, -4, 0.3f, 4, 4);
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float neck = half_neck + 0.10f * eh_draw_step(1.0f, 1.3f, p->y) * eh_draw_step(1.0f, 1.3f, p->y);
            float throat = eh_draw_max(fabsf(p->x) - neck, 0.35f - p->y),
                  body = (shoulder_line(f, p->x) - p->y) * 0.93f;
            float skin_cover = eh_draw_cover(c, eh_draw_min(throat, body));
            if (skin_cover <= 0)
                continue;
            /* Neck: a cylinder in the shadow of the chin. */
            float nx = eh_draw_clamp(p->x / (neck + 0.15f), -0.95f, 0.95f);
            eh_rgb light = eh_draw_lit(c, nx, 0.15f, sqrtf(1 - nx * nx), 0.3f);
            float below = (p->rho - eh_polar_radius(&c->head, p->theta)) * 3.0f;
            float shadow = 0.5f + 0.5f * eh_draw_step(0.0f, 1.1f, below + 0.25f * (p->x * c->light[0] > 0));
            eh_draw_blend(&c->pixel[i], eh_rgb_scale(eh_rgb_mul(c->skin, light), shadow), skin_cover);
            /* Cloth. */
            float cloth_cover = eh_draw_cover(c, body) * (1 - eh_draw_cover(c, collar(f, p->x, p->y)));
            if (cloth_cover > 0) {
                float sx = eh_draw_clamp(p->x / 1.7f, -0.9f, 0.9f),
                      fold = eh_draw_noise(f->texture ^ 0x77u, p->x * 3, p->y * 1.5f);
                eh_rgb cloth_light = eh_draw_lit(c, sx, -0.3f, sqrtf(0.95f - sx * sx * 0.9f), 0.3f);
                float dark =
                    (0.9f + 0.1f * fold) * (0.75f + 0.25f * eh_draw_step(0, 0.16f, collar(f, p->x, p->y)));
                eh_draw_blend(&c->pixel[i], eh_rgb_scale(eh_rgb_mul(cloth, cloth_light), dark), cloth_cover);
            }
        }
    }
}

/* Separable blur with three taps, applied as often as the wanted width needs. */
static void blur_pass(eh_rgb *to, const eh_rgb *from, int size, int step, float side)
{
    for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
            int i = row * size + column, along_axis = step == 1 ? column : row;
            eh_rgb before = from[along_axis > 0 ? i - step : i],
                   after = from[along_axis < size - 1 ? i + step : i];
            to[i] = eh_rgb_add(eh_rgb_scale(from[i], 1 - 2 * side),
                               eh_rgb_scale(eh_rgb_add(before, after), side));
        }
    }
}

static float srgb_of(float linear)
{
    return linear <= 0.0031308f ? linear * 12.92f : 1.055f * powf(linear, 1 / 2.4f) - 0.055f;
}

/* The sum of four 8-bit uniforms, which is close to a standard normal once scaled (standard deviation 147.8 around 510). */
static float grain(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    uint32_t h = *state ^ *state >> 16;
    return ((float)((h & 255) + (h >> 8 & 255) + (h >> 16 & 255) + (h >> 24)) - 510) / 147.8f;
}

/* Highlights bend over instead of clipping: linear up to 0.6, below 1 for any input. */
static float shoulder(float linear)
{
    float over = linear - 0.6f;
    return over <= 0 ? linear : 0.6f + 0.4f * over / (over + 0.4f);
}

void eh_draw_develop(eh_canvas *c, eh_rgb *scratch, eh_image *out)
{
    enum { STEPS = 1024 };
    const eh_face *f = c->face;
    float variance = f->blur * f->blur * (float)(c->size * c->size) / (64.0f * 64.0f);
    int passes = (int)ceilf(variance * 2 -
                            0.02f); /* three taps with weight `side` have variance 2 side, at most 0.5 */
    for (int pass = 0; pass < passes; pass++) {
        float side = variance / (float)passes / 2;
        blur_pass(scratch, c->pixel, c->size, 1, side);
        blur_pass(c->pixel, scratch, c->size, c->size, side);
    }
    float table[STEPS + 2];
    for (int k = 0; k < STEPS + 2;
         k++) { /* over the square root, so that dark tones get as many steps as light ones */
        float root = (float)k / STEPS;
        table[k] = srgb_of(root * root) * 255;
    }
    size_t pixels = (size_t)c->size * (size_t)c->size;
    uint32_t state = f->texture * 2654435761u + 12345u;
    uint8_t *to = out->data;
    for (size_t i = 0; i < pixels; i++) {
        const float value[3] = { c->pixel[i].r, c->pixel[i].g, c->pixel[i].b };
        float grey =
            0.8f * grain(&state); /* most of a sensor's noise is common to the channels after demosaicing */
        for (int k = 0; k < 3; k++) {
            float at = sqrtf(shoulder(eh_draw_max(value[k] * f->exposure, 0))) * STEPS;
            int step = (int)at;
            float sample = eh_draw_mix(table[step], table[step + 1], at - (float)step) +
                           f->noise * (grey + 0.6f * grain(&state));
            *to++ = (uint8_t)(eh_draw_clamp(sample, 0, 255) + 0.5f);
        }
    }
}
