/* synth_faces_head.c - the head of a drawn face: skin, ears, nose, beard, and the lines of age.
 *
 * Idea    The skin's normal is that of a ball stretched to the head's outline, tilted by the gradients of a few bumps; all shading follows
 *         from it. Ageing is drawn, not lit: thin lines whose strength grows with the years.
 */
#include "data/synth_faces.h"

/* A bump of the relief: centre and radii in (u, v), height in head units. Mirrored in u where `pair` is set. */
typedef struct relief_bump {
    float u, v, ru, rv, height;
    int pair;
} relief_bump;

static const relief_bump relief[] = {
    { 0.0f, 0.12f, 0.14f, 0.42f, 0.075f, 0 },    /* bridge of the nose */
    { 0.0f, 0.31f, 0.15f, 0.15f, 0.085f, 0 },    /* its tip */
    { 0.105f, 0.345f, 0.10f, 0.09f, 0.035f, 1 }, /* its wings */
    { 0.29f, -0.03f, 0.25f, 0.17f, -0.035f, 1 }, /* eye sockets */
    { 0.29f, -0.23f, 0.30f, 0.12f, 0.022f, 1 },  /* brow ridge */
    { 0.42f, 0.26f, 0.30f, 0.26f, 0.050f, 1 },   /* cheeks */
    { 0.0f, 0.83f, 0.24f, 0.20f, 0.050f, 0 },    /* chin */
    { 0.0f, 0.47f, 0.07f, 0.10f, -0.012f, 0 },   /* philtrum */
    { 0.0f, 0.57f, 0.36f, 0.16f, 0.030f, 0 },    /* mouth */
};

/* Adds the slope of one bump, h (1 - r^2)^2, at (u, v). */
static void add_slope(float *gu, float *gv, float u, float v, const relief_bump *b, float cu, float wide)
{
    float ru = b->ru * wide, dx = (u - cu) / ru, dy = (v - b->v) / b->rv;
    float r = 1 - dx * dx - dy * dy;
    if (r <= 0)
        return;
    *gu += -4 * b->height * r * dx / ru;
    *gv += -4 * b->height * r * dy / b->rv;
}

/* Unit normal of the skin. */
static void skin_normal(const eh_canvas *c, const eh_place *p, float n[3])
{
    const eh_face *f = c->face;
    float rim = eh_draw_clamp(p->rho / (p->rho - p->head + 1e-4f), 0, 1),
          tilt = rim * rim * 0.55f + rim * 0.4f;
    float inverse = p->rho > 1e-4f ? tilt / p->rho : 0, gu = 0, gv = 0;
    float nose = f->yaw * 0.0035f; /* the nose stands out, so it moves further than the face */
    for (size_t k = 0; k < sizeof relief / sizeof *relief; k++) {
        const relief_bump *b = &relief[k];
        float wide = k < 3 ? f->nose_width : 1, u = k < 3 ? p->u - nose : p->u;
        add_slope(&gu, &gv, u, p->v, b, b->u * wide, wide);
        if (b->pair)
            add_slope(&gu, &gv, u, p->v, b, -b->u * wide, wide);
    }
    float nx = p->x * inverse - gu, ny = p->y * inverse * 0.85f - gv,
          nz = sqrtf(eh_draw_max(1 - tilt * tilt, 0.06f));
    float length = 1 / sqrtf(nx * nx + ny * ny + nz * nz);
    n[0] = nx * length;
    n[1] = ny * length;
    n[2] = nz * length;
}

/* Colour of the skin before light: blush, darker sockets, freckles, and the reddish centre of the face. */
static eh_rgb skin_albedo(const eh_canvas *c, const eh_place *p)
{
    const eh_face *f = c->face;
    eh_rgb skin = c->skin, red = eh_rgb_mul(skin, (eh_rgb){ 1.06f, 0.72f, 0.70f });
    float side = fabsf(p->u);
    float blush = eh_draw_bump((side - 0.42f) / 0.30f, (p->v - 0.24f) / 0.24f) * (0.30f + 0.45f * f->makeup);
    blush += eh_draw_bump(p->u / 0.18f, (p->v - 0.31f) / 0.16f) * 0.25f;
    skin = eh_rgb_mix(skin, red, eh_draw_clamp(blush, 0, 0.8f));
    float socket = eh_draw_bump((side - 0.28f) / 0.24f, (p->v + 0.06f) / 0.20f);
    skin = eh_rgb_mix(skin, eh_rgb_mul(skin, (eh_rgb){ 0.66f, 0.56f, 0.54f }), socket * 0.35f);
    if (f->freckles > 0.05f) {
        float spot = eh_draw_noise(f->texture ^ 0x31u, p->u * 22, p->v * 22);
        float where = eh_draw_bump(p->u / 0.62f, (p->v - 0.20f) / 0.28f);
        skin = eh_rgb_mix(skin, eh_rgb_mul(skin, (eh_rgb){ 0.62f, 0.45f, 0.34f }),
                          eh_draw_step(0.25f, 0.6f, spot) * where * f->freckles * 0.8f);
    }
    float mottle = eh_draw_noise(f->texture ^ 0x32u, p->u * 5, p->v * 5);
    return eh_rgb_scale(skin, 1 + 0.025f * mottle);
}

/* How dark a drawn line is at distance `d` from it: 1 on the line. */
static float line_ink(float d, float half_width)
{
    float t = 1 - fabsf(d) / half_width;
    return t > 0 ? t * t * (3 - 2 * t) : 0;
}

/* Strength of all the lines of age and of smiling at one place, 0..1. */
static float wrinkles(const eh_canvas *c, const eh_place *p)
{
    const eh_face *f = c->face;
    float age = eh_draw_step(32, 78, (float)f->age), side = fabsf(p->u), ink = 0;
    float smiling =
        f->expression == EH_EXPRESSION_SMILE || f->expression == EH_EXPRESSION_LAUGH ? 1.0f : 0.0f;
    float brow_up = f->expression == EH_EXPRESSION_SURPRISED ? 0.5f : 0.0f;

    /* From the wings of the nose to the corners of the mouth. */
    float fold = side - (0.17f + 0.17f * eh_draw_step(0.34f, 0.66f, p->v));
    float fold_strength = eh_draw_max(age * 0.85f, smiling * 0.38f) + 0.06f;
    ink = eh_draw_max(ink, line_ink(fold, 0.045f) * eh_draw_step(0.33f, 0.42f, p->v) *
                               eh_draw_step(0.70f, 0.58f, p->v) * fold_strength);
    if (age > 0.02f || brow_up > 0) {
        for (int k = 0; k < 3; k++) { /* forehead */
            float line = -0.40f - 0.10f * (float)k - 0.05f * (1 - side * side * 4) * 0.5f;
            float width = eh_draw_step(0.42f - 0.05f * (float)k, 0.25f, side);
            ink = eh_draw_max(ink, line_ink(p->v - line, 0.032f) * width *
                                       eh_draw_max(age * 0.75f, brow_up * 0.6f));
        }
        float bag =
            (p->v - 0.045f - 0.09f * (1 - (side - 0.28f) * (side - 0.28f) / 0.03f)); /* under the eyes */
        ink = eh_draw_max(ink, line_ink(bag, 0.035f) * eh_draw_step(0.16f, 0.10f, fabsf(side - 0.28f)) * age *
                                   0.7f);
        float corner = side - 0.50f; /* beside the eyes */
        if (corner > -0.03f && corner < 0.14f) {
            float fan = fabsf(fabsf(p->v + 0.03f) - corner * 0.45f);
            ink = eh_draw_max(ink, line_ink(fan, 0.022f) * eh_draw_step(0.14f, 0.02f, corner) *
                                       eh_draw_max(age * 0.7f, age * smiling));
        }
        float marionette = side - (0.27f + 0.05f * (p->v - 0.6f));
        ink = eh_draw_max(ink, line_ink(marionette, 0.03f) * eh_draw_step(0.60f, 0.66f, p->v) *
                                   eh_draw_step(0.82f, 0.72f, p->v) * age * 0.5f);
    }
    return ink;
}

static void draw_ears(eh_canvas *c)
{
    const eh_face *f = c->face;
    eh_box box = eh_draw_box(c, -1.0f, -0.3f, 1.0f, 0.5f);
    float width = 0.70f * f->face_width;
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float side = p->x < 0 ? -1.0f : 1.0f, centre = width + 0.03f - side * c->yaw_sin * 0.16f;
            float dx = (fabsf(p->x) - centre - 0.10f * -(p->y - 0.08f)) / 0.115f,
                  dy = (p->y - 0.08f) / 0.215f;
            float r = sqrtf(dx * dx + dy * dy), cover = eh_draw_cover(c, (r - 1) * 0.13f);
            if (cover <= 0)
                continue;
            eh_rgb light = eh_draw_lit(c, side * 0.55f + dx * side * 0.3f, dy * 0.3f, 0.72f, 0.3f);
            eh_rgb skin = eh_rgb_mul(eh_rgb_mul(c->skin, (eh_rgb){ 1.0f, 0.86f, 0.84f }), light);
            float hollow = eh_draw_bump((dx + 0.15f) / 0.55f, dy / 0.62f);
            skin = eh_rgb_mix(skin, eh_rgb_mul(skin, (eh_rgb){ 0.60f, 0.48f, 0.46f }), hollow * 0.75f);
            eh_draw_blend(&c->pixel[i], skin, cover);
        }
    }
}

void eh_draw_head(eh_canvas *c)
{
    const eh_face *f = c->face;
    draw_ears(c);
    eh_box box = eh_draw_box(c, -1.05f, -1.1f, 1.05f, 1.15f);
    float half[3] = { c->light[0], c->light[1], c->light[2] + 1 };
    float length = 1 / sqrtf(half[0] * half[0] + half[1] * half[1] + half[2] * half[2]);
    float gloss = 0.05f + 0.05f * (float)(f->skin_type - 1) / 5;
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float cover = eh_draw_cover(c, p->head);
            if (cover <= 0)
                continue;
            float n[3];
            skin_normal(c, p, n);
            eh_rgb light = eh_draw_lit(c, n[0], n[1], n[2], 0.28f),
                   skin = eh_rgb_mul(skin_albedo(c, p), light);
            /* Light that enters the skin leaves it redder: shadows on skin are warm. */
            float bright = (light.r + light.g + light.b) * 0.33f;
            float warm = eh_draw_step(0.9f, 0.35f, bright) * 0.5f;
            skin = eh_rgb_mul(skin, (eh_rgb){ 1 + 0.10f * warm, 1 - 0.05f * warm, 1 - 0.10f * warm });
            float ink = wrinkles(c, p);
            skin = eh_rgb_mix(skin, eh_rgb_mul(skin, (eh_rgb){ 0.50f, 0.38f, 0.34f }), ink * 0.75f);
            float shine = (n[0] * half[0] + n[1] * half[1] + n[2] * half[2]) * length;
            shine = shine > 0 ? shine * shine : 0;
            shine = shine * shine * shine;
            shine = shine * shine * shine * gloss;
            skin = eh_rgb_add(skin, eh_rgb_scale(c->key, shine));
            eh_draw_blend(&c->pixel[i], skin, cover);
        }
    }
}

/* Where a beard grows, 0..1, and how far along it is from its upper edge. */
static float beard_area(const eh_place *p)
{
    float side = fabsf(p->u), s = eh_draw_min(side / 0.68f, 1.0f);
    float edge = 0.70f - 0.60f * s * s * sqrtf(s);
    return eh_draw_step(-0.03f, 0.10f, p->v - edge);
}

static float moustache_area(const eh_place *p)
{
    float side = fabsf(p->u), top = 0.425f + side * side * 0.9f, bottom = 0.535f + side * side * 1.6f;
    return eh_draw_step(-0.01f, 0.035f, p->v - top) * eh_draw_step(0.03f, -0.02f, p->v - bottom) *
           eh_draw_step(0.33f, 0.25f, side);
}

void eh_draw_beard(eh_canvas *c)
{
    const eh_face *f = c->face;
    if (f->beard <= 0.02f && f->moustache <= 0.02f && f->stubble <= 0.02f)
        return;
    float outside = 0.07f * f->beard;
    eh_rgb shade = eh_rgb_mix(eh_rgb_scale(c->beard, 0.75f),
                              eh_rgb_mul(c->skin, (eh_rgb){ 0.30f, 0.30f, 0.34f }), 0.55f);
    eh_rgb beard_color = c->beard;
    eh_box box = eh_draw_box(c, -1.0f, 0.0f, 1.0f, 1.3f);
    for (int row = box.y0; row < box.y1; row++) {
        for (int column = box.x0; column < box.x1; column++) {
            size_t i = (size_t)row * (size_t)c->size + (size_t)column;
            const eh_place *p = &c->place[i];
            float ragged = 0.5f * eh_draw_noise(f->texture ^ 0x41u, p->x * 16, p->y * 6);
            float cover = eh_draw_cover(c, p->head - outside * (1 + ragged) * eh_draw_step(0.1f, 0.6f, p->y));
            if (cover <= 0)
                continue;
            float jaw = beard_area(p), lip = moustache_area(p),
                  dot = 0.7f + 0.3f * eh_draw_noise(f->texture ^ 0x42u, p->u * 30, p->v * 30);
            float goatee =
                jaw * eh_draw_step(0.36f, 0.22f, fabsf(p->u)); /* a light beard is one around the mouth */
            float thick = eh_draw_max(eh_draw_mix(goatee, jaw, eh_draw_step(0.35f, 0.6f, f->beard)) *
                                          eh_draw_step(0, 0.25f, f->beard),
                                      lip * eh_draw_step(0, 0.3f, f->moustache));
            float thin = eh_draw_max(jaw, lip) * f->stubble * 0.42f * dot * eh_draw_cover(c, p->head);
            float nx = eh_draw_clamp(p->x / 0.9f, -0.9f, 0.9f);
            eh_rgb light = eh_draw_lit(c, nx, 0.25f, sqrtf(1 - nx * nx), 0.35f);
            float strand = 0.78f + 0.28f * eh_draw_noise(f->texture ^ 0x43u, p->u * 20 + p->v * 4, p->v * 7);
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(shade, light), thin * cover);
            eh_draw_blend(&c->pixel[i], eh_rgb_scale(eh_rgb_mul(beard_color, light), strand),
                          thick * cover * 0.93f);
        }
    }
}
