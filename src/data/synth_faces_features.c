/* synth_faces_features.c - eyes, brows, nostrils, mouth and glasses of a drawn face.
 *
 * Idea    Lids and lips are pairs of parabolas over the width of the feature: a point is inside when it lies between them, and its
 *         distance to the nearer one gives the coverage. Expressions only change the parabolas' heights.
 */
#include "data/synth_faces.h"

typedef struct eye_shape {
    float x, y, half, up, low, iris, tilt;
} eye_shape;

typedef struct mouth_shape {
    float y, half, curve, upper, lower, gap;
} mouth_shape;

static eye_shape shape_eye(const eh_face *f)
{
    eye_shape e = {
        .x = 0.285f, .y = -0.035f, .half = 0.180f, .up = 0.104f, .low = 0.068f, .iris = 0.092f, .tilt = 0.03f
    };
    float size = f->eye_size * (f->gender == EH_FACE_FEMALE ? 1.06f : 0.95f);
    e.half *= size;
    e.up *= size;
    e.low *= size;
    e.iris *= 0.5f + 0.5f * size;
    if (f->expression == EH_EXPRESSION_SMILE)
        e.low *= 0.72f;
    if (f->expression == EH_EXPRESSION_LAUGH) {
        e.low *= 0.45f;
        e.up *= 0.86f;
    }
    if (f->expression == EH_EXPRESSION_SURPRISED)
        e.up *= 1.28f;
    if (f->expression == EH_EXPRESSION_SERIOUS)
        e.up *= 0.88f;
    if (f->age > 55)
        e.up *= 1 - 0.006f * (float)(f->age - 55);
    return e;
}

/* Light on features: that of a forward-facing surface, turned by the ball. */
static eh_rgb feature_light(const eh_canvas *c, const eh_place *p)
{
    float nx = eh_draw_clamp(p->x * 0.55f, -0.7f, 0.7f), ny = eh_draw_clamp(p->y * 0.35f, -0.5f, 0.5f);
    return eh_draw_lit(c, nx, ny, sqrtf(eh_draw_max(1 - nx * nx - ny * ny, 0.05f)), 0.3f);
}

/* White, iris, pupil and glint at (dx, dy) from the eye's middle. */
static eh_rgb eyeball(const eh_canvas *c, const eye_shape *e, float dx, float dy, eh_rgb light)
{
    const eh_face *f = c->face;
    float gaze = ((float)(f->texture >> 12 & 15) / 15 - 0.5f) * 0.05f, ix = dx - gaze, iy = dy + 0.012f;
    float r = sqrtf(ix * ix + iy * iy);
    eh_rgb white = eh_rgb_mul(eh_draw_rgb8(238, 233, 228), light),
           iris = eh_rgb_mul(eh_draw_linear(f->iris_color), light);
    white = eh_rgb_scale(white, 0.95f - 0.35f * eh_draw_step(-0.01f, -e->up, dy)); /* the lid's shadow */
    iris = eh_rgb_scale(iris, 0.75f + 0.6f * eh_draw_step(-0.03f, 0.07f, iy));
    iris = eh_rgb_mix(iris, eh_rgb_scale(iris, 0.3f), eh_draw_step(e->iris * 0.72f, e->iris, r));
    eh_rgb color = eh_rgb_mix(white, iris, eh_draw_cover(c, r - e->iris));
    color = eh_rgb_mix(color, eh_draw_rgb8(16, 12, 12), eh_draw_cover(c, r - e->iris * 0.48f));
    float gx = ix - 0.032f * (c->light[0] < 0 ? -1.0f : 1.0f), gy = iy + 0.034f;
    float glint = eh_draw_clamp(1.1f - sqrtf(gx * gx + gy * gy) / 0.036f, 0, 1);
    return eh_rgb_mix(color, eh_rgb_scale(c->key, 0.95f), glint * 0.9f);
}

static void draw_eye(eh_canvas *c, const eye_shape *e, float side)
{
    const eh_face *f = c->face;
    float lash = 0.020f + 0.026f * f->lashes, shadow = f->makeup * 0.6f;
    eh_rgb lash_color =
        eh_rgb_mix(eh_rgb_scale(c->brow, 0.35f), eh_draw_rgb8(14, 10, 10), 0.4f + 0.6f * f->lashes);
    eh_rgb lid_color = eh_rgb_mul(c->skin, f->texture >> 16 & 1 ? (eh_rgb){ 0.50f, 0.36f, 0.46f }
                                                                : (eh_rgb){ 0.46f, 0.36f, 0.30f });
    eh_box box = eh_draw_box(c, side * e->x - 0.58f, -0.36f, side * e->x + 0.58f, 0.28f);
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float dx = (p->u - side * e->x) * side,
                  dy = p->v - e->y + e->tilt * dx; /* dx grows towards the temple */
            if (fabsf(dx) > e->half * 1.6f || fabsf(dy) > 0.3f)
                continue;
            float t = dx / e->half, arch = 1 - t * t, up = -e->up * arch, low = e->low * arch;
            eh_rgb light = feature_light(c, p);
            /* Eye shadow and the fold above the lid. */
            float lid = eh_draw_step(-0.02f, 0.0f, up - dy + 0.02f) * eh_draw_step(0.13f, 0.02f, up - dy) *
                        eh_draw_step(1.25f, 0.8f, fabsf(t));
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(lid_color, light), lid * (0.18f + 0.6f * shadow));
            float fold = 1 - fabsf(dy - (-e->up - 0.045f + 0.10f * t * t)) / 0.024f;
            if (fold > 0)
                eh_draw_blend(&c->pixel[i],
                              eh_rgb_mul(eh_rgb_mul(c->skin, (eh_rgb){ 0.42f, 0.30f, 0.28f }), light),
                              fold * eh_draw_step(1.05f, 0.7f, fabsf(t)) * 0.65f);
            float d = eh_draw_max(eh_draw_max(up - dy, dy - low) * 0.85f, (fabsf(t) - 1) * e->half);
            float cover = eh_draw_cover(c, d);
            if (cover > 0)
                eh_draw_blend(&c->pixel[i], eyeball(c, e, dx, dy, light), cover);
            /* Lashes: a line along the upper lid that thickens and lifts towards the temple. */
            float wing = eh_draw_max(t - 0.75f, 0) * 0.22f * f->lashes,
                  thick = lash * (0.62f + 0.38f * t * (f->lashes > 0.3f));
            float line = fabsf(dy - (-e->up * eh_draw_max(arch, 0) - thick * 0.45f - wing)) - thick;
            float reach = (fabsf(t) - (t > 0 ? 1.02f + 0.16f * f->lashes : 0.98f)) * e->half;
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(lash_color, light),
                          eh_draw_cover(c, eh_draw_max(line, reach)) * (0.75f + 0.25f * f->lashes));
            float under = eh_draw_cover(c, eh_draw_max(fabsf(dy - low - 0.008f) - 0.010f,
                                                       (fabsf(t) - 0.95f) * e->half));
            eh_draw_blend(&c->pixel[i],
                          eh_rgb_mul(eh_rgb_mul(c->skin, (eh_rgb){ 0.34f, 0.22f, 0.20f }), light),
                          under * (0.35f + 0.35f * f->lashes));
        }
    }
}

static void draw_brow(eh_canvas *c, float side)
{
    const eh_face *f = c->face;
    float lift = f->expression == EH_EXPRESSION_SURPRISED ? 0.085f
                 : f->expression == EH_EXPRESSION_LAUGH   ? 0.025f
                                                          : 0;
    float knit = f->expression == EH_EXPRESSION_SERIOUS     ? 0.055f
                 : f->expression == EH_EXPRESSION_SURPRISED ? -0.03f
                                                            : 0;
    float arch = f->gender == EH_FACE_FEMALE ? 0.075f : 0.035f, half = 0.215f;
    float y = (f->gender == EH_FACE_FEMALE ? -0.265f : -0.225f) - lift,
          thick = eh_draw_mix(0.022f, 0.058f, f->brow);
    eh_rgb color = f->age > 60 ? eh_rgb_mix(c->brow, eh_rgb_scale(c->hair, 0.8f), 0.6f) : c->brow;
    eh_box box = eh_draw_box(c, side * 0.29f - 0.5f, -0.6f, side * 0.29f + 0.5f, 0.1f);
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float t = ((p->u * side) - 0.295f) / half; /* -1 at the nose, 1 at the temple */
            if (fabsf(t) > 1.3f)
                continue;
            float top = t - 0.3f, drop = top < 0 ? 0.30f * top * top : 0.95f * top * top * 1.6f;
            float line = y + arch * (drop - 0.5f) + knit * eh_draw_max(-t, 0);
            float taper = thick * (1 - 0.62f * eh_draw_step(-0.1f, 1.0f, t)) *
                          (0.85f + 0.15f * eh_draw_step(-1.0f, -0.6f, t));
            float d = eh_draw_max(fabsf(p->v - line) - taper, (fabsf(t) - 1) * half);
            float hairs = 0.86f + 0.14f * eh_draw_noise(f->texture ^ 0x61u, p->u * 24, p->v * 10);
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(color, feature_light(c, p)),
                          eh_draw_cover(c, d) * hairs * (0.72f + 0.25f * f->brow));
        }
    }
}

static void draw_nose(eh_canvas *c)
{
    const eh_face *f = c->face;
    float shift = f->yaw * 0.0035f, wide = f->nose_width;
    eh_rgb dark = eh_rgb_mul(c->skin, (eh_rgb){ 0.26f, 0.15f, 0.13f }),
           soft = eh_rgb_mul(c->skin, (eh_rgb){ 0.56f, 0.42f, 0.38f });
    eh_box box = eh_draw_box(c, -0.6f, 0.0f, 0.6f, 0.65f);
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float u = p->u - shift, side = fabsf(u);
            if (side > 0.3f || p->v < 0.15f || p->v > 0.56f)
                continue;
            eh_rgb light = feature_light(c, p);
            float under = eh_draw_bump(u / (0.19f * wide), (p->v - 0.425f) / 0.065f);
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(soft, light), under * 0.65f);
            float dx = (side - 0.062f * wide) / (0.046f * wide),
                  dy = (p->v - 0.388f - (side - 0.06f) * -0.15f) / 0.025f;
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(dark, light),
                          eh_draw_cover(c, (sqrtf(dx * dx + dy * dy) - 1) * 0.03f) * 0.8f);
            float wx = (side - 0.125f * wide) / 0.045f,
                  wy = (p->v - 0.345f) / 0.075f; /* crease of the wing */
            float crease = 1 - fabsf(sqrtf(wx * wx + wy * wy) - 1) * 1.6f;
            if (crease > 0 && wx > -0.2f)
                eh_draw_blend(&c->pixel[i], eh_rgb_mul(soft, light), crease * 0.42f);
        }
    }
}

static mouth_shape shape_mouth(const eh_face *f)
{
    mouth_shape m = {
        .y = 0.585f, .half = 0.235f, .curve = 0.012f, .upper = 0.036f, .lower = 0.05f, .gap = 0
    };
    float full = 0.62f + 0.62f * f->lips;
    switch (f->expression) {
    case EH_EXPRESSION_SMILE:
        m.curve = 0.075f;
        m.half = 0.285f;
        m.gap = f->texture >> 20 & 1 ? 0.030f : 0;
        break;
    case EH_EXPRESSION_LAUGH:
        m.curve = 0.085f;
        m.half = 0.305f;
        m.gap = 0.085f;
        m.y -= 0.01f;
        break;
    case EH_EXPRESSION_SERIOUS:
        m.curve = -0.026f;
        m.half = 0.222f;
        break;
    case EH_EXPRESSION_SURPRISED:
        m.curve = 0.0f;
        m.half = 0.165f;
        m.gap = 0.085f;
        break;
    default:
        break;
    }
    m.upper *= full;
    m.lower *= full;
    return m;
}

static void draw_mouth(eh_canvas *c)
{
    const eh_face *f = c->face;
    mouth_shape m = shape_mouth(f);
    eh_rgb inside = eh_draw_rgb8(70, 22, 24), teeth = eh_draw_rgb8(244, 240, 232),
           tongue = eh_draw_rgb8(170, 70, 72);
    eh_box box = eh_draw_box(c, -0.75f, 0.2f, 0.75f, 1.0f);
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float t = p->u / m.half, s = eh_draw_min(fabsf(t), 1.0f), arch = 1 - s * s;
            if (fabsf(t) > 1.35f || p->v < 0.35f || p->v > 0.9f)
                continue;
            eh_rgb light = feature_light(c, p);
            float middle = p->v - (m.y + m.curve * (0.45f - s * s)); /* corners rise with the curve */
            float gap_up = -m.gap * 0.45f * arch, gap_low = m.gap * 0.75f * arch;
            float bow = 1 - 0.30f * eh_draw_bump(p->u / 0.07f, 0) +
                        0.12f * eh_draw_bump((fabsf(p->u) - 0.07f) / 0.07f, 0);
            float top = gap_up - m.upper * (1 - s * s * s) * bow,
                  bottom = gap_low + m.lower * (1 - s * s * 0.98f);
            float ends = (fabsf(t) - 1) * m.half;
            /* Shadow below the lower lip. */
            float below = eh_draw_bump(p->u / 0.20f, (middle - bottom - 0.045f) / 0.05f);
            eh_draw_blend(&c->pixel[i],
                          eh_rgb_mul(eh_rgb_mul(c->skin, (eh_rgb){ 0.55f, 0.42f, 0.38f }), light),
                          below * 0.45f);
            eh_rgb lip = eh_rgb_mul(c->lip, light);
            float roll =
                middle > gap_low
                    ? 1.05f + 0.30f * eh_draw_bump(p->u / 0.14f, (middle - gap_low - m.lower * 0.45f) / 0.04f)
                    : 0.80f;
            eh_draw_blend(&c->pixel[i], eh_rgb_scale(lip, roll),
                          eh_draw_cover(c, eh_draw_max(eh_draw_max(top - middle, middle - bottom), ends)) *
                              0.92f);
            if (m.gap > 0) {
                float hole =
                    eh_draw_cover(c, eh_draw_max(eh_draw_max(gap_up - middle, middle - gap_low), ends));
                float bite = gap_up +
                             m.gap * (f->expression == EH_EXPRESSION_SURPRISED ? 0.25f : 0.62f) * arch +
                             0.004f;
                eh_rgb mouth =
                    eh_rgb_mix(inside, tongue, eh_draw_bump(p->u / 0.13f, (middle - gap_low) / 0.05f) * 0.8f);
                mouth = eh_rgb_mix(mouth, eh_rgb_scale(teeth, 0.95f - 0.35f * s),
                                   eh_draw_cover(c, middle - bite));
                eh_draw_blend(&c->pixel[i], eh_rgb_mul(mouth, light), hole);
            } else {
                float line = eh_draw_cover(c, eh_draw_max(fabsf(middle) - 0.012f, ends - 0.015f));
                eh_draw_blend(&c->pixel[i],
                              eh_rgb_mul(eh_rgb_mul(c->lip, (eh_rgb){ 0.26f, 0.18f, 0.18f }), light),
                              line * 0.8f);
            }
            float corner =
                eh_draw_bump((fabsf(p->u) - m.half) / 0.05f, (p->v - m.y + m.curve * 0.55f) / 0.05f);
            eh_draw_blend(&c->pixel[i],
                          eh_rgb_mul(eh_rgb_mul(c->skin, (eh_rgb){ 0.40f, 0.27f, 0.24f }), light),
                          corner * 0.5f);
        }
    }
}

void eh_draw_features(eh_canvas *c)
{
    eye_shape eye = shape_eye(c->face);
    draw_nose(c);
    draw_mouth(c);
    for (int side = -1; side <= 1; side += 2) {
        draw_eye(c, &eye, (float)side);
        draw_brow(c, (float)side);
    }
}

/* Signed distance to one lens: a rounded rectangle, or nearly a circle. */
static float lens_distance(const eh_face *f, float u, float v)
{
    int round = f->texture >> 22 & 1;
    float half_x = round ? 0.215f : 0.245f, half_y = round ? 0.205f : 0.165f, corner = round ? 0.19f : 0.09f;
    float dx = fabsf(fabsf(u) - 0.30f) - half_x + corner, dy = fabsf(v + 0.01f) - half_y + corner;
    float ox = eh_draw_max(dx, 0), oy = eh_draw_max(dy, 0);
    return sqrtf(ox * ox + oy * oy) + eh_draw_min(eh_draw_max(dx, dy), 0) - corner;
}

void eh_draw_glasses(eh_canvas *c)
{
    const eh_face *f = c->face;
    if (f->glasses == EH_GLASSES_NONE)
        return;
    eh_rgb frame = eh_draw_linear(f->frame_color), dark = eh_draw_rgb8(26, 24, 28);
    float half = f->texture >> 23 & 1 ? 0.030f : 0.019f;
    eh_box box = eh_draw_box(c, -1.0f, -0.5f, 1.0f, 0.5f);
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float d = lens_distance(f, p->u, p->v);
            if (p->head > 0.05f)
                continue;
            float streak = eh_draw_step(0.05f, 0.0f, fabsf(p->u * 0.8f + p->v - 0.05f - 0.30f * (p->u > 0)));
            eh_rgb light = feature_light(c, p);
            if (f->glasses == EH_GLASSES_SUN) {
                eh_rgb lens = eh_rgb_mul(eh_rgb_mix(dark, frame, 0.10f), light);
                lens = eh_rgb_add(lens, eh_rgb_scale(c->key, 0.05f * eh_draw_step(0.12f, -0.16f, p->v) +
                                                                 0.06f * streak));
                eh_draw_blend(&c->pixel[i], lens, eh_draw_cover(c, d) * 0.93f);
            } else {
                float inner = eh_draw_cover(c, d);
                eh_draw_blend(&c->pixel[i], eh_rgb_mul(c->skin, light), inner * 0.03f);
                eh_draw_blend(&c->pixel[i], c->key, inner * streak * 0.16f);
            }
            float bridge = eh_draw_max(fabsf(p->v + 0.05f - p->u * p->u * 2.2f) - half, fabsf(p->u) - 0.09f);
            float arm = eh_draw_max(fabsf(p->v + 0.06f) - half, 0.53f - fabsf(p->u));
            float rim = eh_draw_min(fabsf(d) - half, eh_draw_min(bridge, arm));
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(frame, light), eh_draw_cover(c, rim) * 0.96f);
            float cast = fabsf(lens_distance(f, p->u, p->v - 0.035f)) - half; /* shadow on the cheek */
            if (rim > 0 && d > 0)
                eh_draw_blend(&c->pixel[i], eh_rgb_scale(c->pixel[i], 0.7f), eh_draw_cover(c, cast) * 0.5f);
        }
    }
}
