/* synth_faces_hair.c - hair and hats of a drawn face.
 *
 * Idea    Hair is what lies between two curves around the head: its outer outline and the opening through which the face is seen.
 *         Long hair goes on below eye height as two curtains. Strands are noise along a coordinate that runs across them: the family of
 *         half ellipses that fall from the parting and hang down at the sides.
 */
#include "data/synth_faces.h"

/* Radii at 0, 22.5 .. 180 degrees from straight down: what is added to the head's outline, and the opening. `length` is where the
 * curtains end (y; below 0: none), `flare` how far they spread, `wave` their waviness, `curl` the lumpiness. */
typedef struct hair_style {
    float add[EH_POLAR_KNOTS], open[EH_POLAR_KNOTS];
    float length_low, length_high, flare, wave, curl, lean;
} hair_style;

#define NO_HAIR 1.25f

static const hair_style styles[EH_STYLE_COUNT] = {
    [EH_STYLE_BUZZ] = { { -0.2f, -0.2f, -0.2f, -0.1f, 0.005f, 0.02f, 0.03f, 0.04f, 0.045f },
                        { NO_HAIR, NO_HAIR, NO_HAIR, 0.90f, 0.70f, 0.71f, 0.76f, 0.69f, 0.67f },
                        -1,
                        -1,
                        0,
                        0,
                        0,
                        0 },
    [EH_STYLE_SHORT] = { { -0.2f, -0.2f, -0.2f, -0.1f, 0.025f, 0.05f, 0.08f, 0.12f, 0.14f },
                         { NO_HAIR, NO_HAIR, NO_HAIR, 0.86f, 0.68f, 0.69f, 0.73f, 0.66f, 0.64f },
                         -1,
                         -1,
                         0,
                         0,
                         0.02f,
                         0.03f },
    [EH_STYLE_SIDE_PART] = { { -0.2f, -0.2f, -0.2f, -0.1f, 0.025f, 0.055f, 0.10f, 0.16f, 0.18f },
                             { NO_HAIR, NO_HAIR, NO_HAIR, 0.86f, 0.68f, 0.69f, 0.71f, 0.63f, 0.60f },
                             -1,
                             -1,
                             0,
                             0,
                             0,
                             0.09f },
    [EH_STYLE_QUIFF] = { { -0.2f, -0.2f, -0.2f, -0.1f, 0.01f, 0.03f, 0.09f, 0.21f, 0.27f },
                         { NO_HAIR, NO_HAIR, NO_HAIR, 0.88f, 0.69f, 0.70f, 0.74f, 0.68f, 0.66f },
                         -1,
                         -1,
                         0,
                         0,
                         0.03f,
                         0.06f },
    [EH_STYLE_CURLY_SHORT] = { { -0.2f, -0.2f, -0.2f, -0.05f, 0.05f, 0.11f, 0.17f, 0.21f, 0.23f },
                               { NO_HAIR, NO_HAIR, NO_HAIR, 0.84f, 0.67f, 0.68f, 0.71f, 0.64f, 0.62f },
                               -1,
                               -1,
                               0,
                               0,
                               0.07f,
                               0 },
    [EH_STYLE_BALDING] = { { -0.2f, -0.2f, -0.2f, -0.05f, 0.03f, 0.045f, 0.02f, -0.01f, -0.02f },
                           { NO_HAIR, NO_HAIR, NO_HAIR, 0.86f, 0.68f, 0.71f, 0.84f, 0.98f, 1.02f },
                           -1,
                           -1,
                           0,
                           0,
                           0.01f,
                           0 },
    [EH_STYLE_BALD] = { { -0.2f, -0.2f, -0.2f, -0.2f, -0.2f, -0.2f, -0.2f, -0.2f, -0.2f },
                        { NO_HAIR, NO_HAIR, NO_HAIR, NO_HAIR, NO_HAIR, NO_HAIR, NO_HAIR, NO_HAIR, NO_HAIR },
                        -1,
                        -1,
                        0,
                        0,
                        0,
                        0 },
    [EH_STYLE_PIXIE] = { { -0.2f, -0.2f, -0.15f, 0.0f, 0.06f, 0.09f, 0.12f, 0.15f, 0.17f },
                         { NO_HAIR, NO_HAIR, NO_HAIR, 0.70f, 0.63f, 0.60f, 0.58f, 0.54f, 0.52f },
                         -1,
                         -1,
                         0,
                         0,
                         0.02f,
                         0.12f },
    [EH_STYLE_BOB] = { { 0, 0, 0, 0.10f, 0.14f, 0.13f, 0.13f, 0.14f, 0.15f },
                       { NO_HAIR, NO_HAIR, 0.9f, 0.62f, 0.61f, 0.62f, 0.68f, 0.66f, 0.64f },
                       0.55f,
                       1.0f,
                       0.02f,
                       0.01f,
                       0,
                       0.05f },
    [EH_STYLE_STRAIGHT] = { { 0, 0, 0, 0.10f, 0.11f, 0.11f, 0.12f, 0.13f, 0.13f },
                            { NO_HAIR, NO_HAIR, 0.9f, 0.62f, 0.61f, 0.62f, 0.68f, 0.67f, 0.65f },
                            1.15f,
                            1.9f,
                            0.06f,
                            0.006f,
                            0,
                            0.05f },
    [EH_STYLE_WAVY] = { { 0, 0, 0, 0.14f, 0.17f, 0.16f, 0.15f, 0.16f, 0.17f },
                        { NO_HAIR, NO_HAIR, 0.9f, 0.62f, 0.61f, 0.62f, 0.68f, 0.67f, 0.65f },
                        1.0f,
                        1.8f,
                        0.20f,
                        0.045f,
                        0.02f,
                        0.06f },
    [EH_STYLE_CURLY_LONG] = { { 0, 0, 0, 0.22f, 0.27f, 0.26f, 0.24f, 0.23f, 0.22f },
                              { NO_HAIR, NO_HAIR, 0.9f, 0.62f, 0.60f, 0.60f, 0.67f, 0.65f, 0.63f },
                              0.85f,
                              1.5f,
                              0.18f,
                              0.05f,
                              0.09f,
                              0.03f },
    [EH_STYLE_BUN] = { { -0.2f, -0.2f, -0.2f, -0.05f, 0.03f, 0.05f, 0.06f, 0.07f, 0.08f },
                       { NO_HAIR, NO_HAIR, NO_HAIR, 0.80f, 0.67f, 0.69f, 0.74f, 0.69f, 0.67f },
                       -1,
                       -1,
                       0,
                       0,
                       0,
                       0.02f },
    [EH_STYLE_PONYTAIL] = { { -0.2f, -0.2f, -0.2f, -0.05f, 0.03f, 0.05f, 0.07f, 0.08f, 0.09f },
                            { NO_HAIR, NO_HAIR, NO_HAIR, 0.80f, 0.67f, 0.69f, 0.73f, 0.68f, 0.66f },
                            -1,
                            -1,
                            0,
                            0,
                            0,
                            0.04f },
};

/* The style with this face's numbers put in. */
typedef struct hair_shape {
    const hair_style *style;
    eh_polar outer, open;
    float end, flare, crown, part, swell;
    uint32_t seed;
} hair_shape;

static void shape_hair(const eh_canvas *c, hair_shape *h)
{
    const eh_face *f = c->face;
    const hair_style *s = &styles[f->style];
    float outer[EH_POLAR_KNOTS], open[EH_POLAR_KNOTS];
    float grow = (0.7f + 0.6f * f->hair_volume) * (0.4f + 0.6f * f->hair_amount);
    for (int k = 0; k < EH_POLAR_KNOTS; k++) {
        float add = s->add[k] > 0 ? s->add[k] * grow : s->add[k], angle = (float)k * 22.5f;
        if (f->hat != EH_HAT_NONE && k >= 6) /* a hat presses the hair down */
            add = eh_draw_min(add, 0.04f);
        outer[k] = c->head.radius[EH_POLAR_STEPS / 2 + k * EH_POLAR_STEPS / 16] + add;
        /* Less hair: the hairline moves up. Fringe: it comes down to the brows. */
        open[k] = s->open[k] + (1 - f->hair_amount) * 0.28f * eh_draw_step(80, 140, angle);
        if (s->open[k] < NO_HAIR)
            open[k] = eh_draw_mix(open[k], 0.36f + 0.22f * eh_draw_step(170, 125, angle),
                                  f->fringe * eh_draw_step(100, 150, angle));
    }
    h->style = s;
    eh_polar_fill(&h->outer, outer, 0);
    eh_polar_fill(&h->open, open, s->lean * f->part * (1 - 0.7f * f->fringe));
    h->end = s->length_high > 0 ? eh_draw_mix(s->length_low, s->length_high, f->hair_length) : -1;
    h->flare = s->flare * (0.6f + 0.8f * f->hair_volume);
    h->crown = outer[EH_POLAR_KNOTS - 1];
    h->part = f->part * 0.30f;
    h->swell = outer[4];
    h->seed = f->texture;
}

/* Half width of the curtains at height y >= 0 (outer edge). */
static float curtain_width(const hair_shape *h, float y, float side)
{
    float wave = h->style->wave > 0.02f ? h->style->wave * sinf(y * 7.5f + (float)(h->seed & 7) + side) : 0;
    float t = eh_draw_min(y / 1.3f, 1.0f), tuck = h->flare < 0.04f ? -0.10f * t * t : 0;
    return h->swell + h->flare * t * (2 - t) + tuck + wave * eh_draw_step(0, 0.3f, y);
}

/* Signed distance to the outline of all the hair, the face's opening not yet cut out. */
static float outline(const hair_shape *h, const eh_place *p)
{
    float rough;
    if (h->end > 0 && p->y > 0) {
        float side = p->x < 0 ? 0.0f : 1.3f, ragged = 0;
        if (p->y > h->end - 0.1f)
            ragged = 0.06f * eh_draw_noise(h->seed ^ 0x72u, p->x * 12, 0);
        float width = curtain_width(h, p->y, side), tip = p->y - h->end - ragged;
        float round = eh_draw_step(h->end - 0.25f, h->end, p->y) * 0.10f;
        rough = eh_draw_max(fabsf(p->x) - width + round, tip);
    } else {
        rough = eh_polar_distance(&h->outer, p->theta, p->rho);
    }
    if (h->style->curl <= 0 || fabsf(rough) > 0.2f)
        return rough;
    return rough - h->style->curl * eh_draw_noise(h->seed ^ 0x71u, p->x * 5, p->y * 5);
}

/* Signed distance to the opening for the face (negative inside it). The opening turns with the head. */
static float opening(const hair_shape *h, const eh_place *p)
{
    float rough;
    if (h->end > 0 && p->v > 0) {
        float inner = eh_polar_radius(&h->open, 1.5708f),
              wave = h->style->wave * 0.5f * sinf(p->v * 7.5f + (float)(h->seed & 7));
        rough = fabsf(p->u) - (inner + 0.02f * p->v + wave * eh_draw_step(0, 0.3f, p->v));
    } else {
        rough = eh_polar_distance(&h->open, eh_draw_angle(p->u, p->v), sqrtf(p->u * p->u + p->v * p->v));
    }
    if (rough < -0.25f || rough > 0.15f)
        return rough;
    float lump = h->style->curl * 0.5f * eh_draw_noise(h->seed ^ 0x73u, p->u * 8, p->v * 8);
    float jag = 0.016f * eh_draw_noise(h->seed ^ 0x74u, p->u * 17, p->v * 5);
    return rough - lump - jag;
}

/* Colour of hair at a place, lit, with strands. `behind` darkens what lies at the back. */
static eh_rgb hair_color(const eh_canvas *c, const hair_shape *h, const eh_place *p, float depth,
                         float behind)
{
    const eh_face *f = c->face;
    float y = p->y, across, along;
    if (h->style->curl > 0.05f) {
        across = p->x * 9 + 1.5f * eh_draw_noise(h->seed ^ 0x81u, p->x * 6, p->y * 6);
        along = p->y * 9;
    } else if (h->end > 0 || f->style == EH_STYLE_BUN || f->style == EH_STYLE_PONYTAIL || f->fringe > 0.5f) {
        float up = eh_draw_clamp(-y / h->crown, 0, 0.98f), spread = sqrtf(1 - up * up);
        float wave = y > 0 ? h->style->wave * 1.3f * sinf(y * 7.5f + (float)(h->seed & 7)) : 0;
        across = (p->x + wave - h->part * (1 - spread)) / (0.12f + 0.88f * spread) * 11;
        along = y * 1.7f;
    } else { /* short hair is combed back and to one side */
        across = (p->x + (y + 0.7f) * 0.6f * (f->part < 0 ? -1.0f : 1.0f)) * 13;
        along = y * 4 - p->x;
    }
    float strand = eh_draw_noise(h->seed ^ 0x82u, across, along) * 0.6f +
                   eh_draw_noise(h->seed ^ 0x83u, across * 2.3f, along * 1.3f) * 0.4f;

    /* The hair's normal: the head's ball grown by the hair; hanging hair turns like a cylinder. */
    float outer = h->end > 0 && y > 0 ? h->swell + h->flare : eh_polar_radius(&h->outer, p->theta);
    float nx = eh_draw_clamp(p->x / outer, -1, 1) * 0.86f, ny = y < 0 ? y / h->crown * 0.86f : 0.05f;
    float nz = sqrtf(eh_draw_max(1 - nx * nx - ny * ny, 0.08f));
    eh_rgb light = eh_draw_lit(c, nx, ny, nz, 0.3f);
    float tone = 0.86f + 0.30f * strand;
    tone *= 1 - 0.45f * eh_draw_step(0.10f, 0.0f, depth) * 0.5f; /* darker where it meets the face */
    tone *= 1 - 0.55f * behind;
    eh_rgb color = eh_rgb_scale(eh_rgb_mul(c->hair, light), tone);

    /* A band of gloss across the strands, on the side of the light. */
    float t = p->rho / (outer + 0.01f),
          toward = 0.45f + 0.55f * (nx * c->light[0] + ny * c->light[1] + nz * c->light[2]);
    float band = y < 0.1f ? eh_draw_bump((t - 0.84f) / 0.14f, 0) : eh_draw_bump((y - 0.55f) / 0.3f, 0) * 0.5f;
    float gloss = h->style->curl > 0.05f || f->style == EH_STYLE_BUZZ ? 0.05f : 0.16f;
    eh_rgb shine =
        eh_rgb_mix(eh_rgb_mul(c->key, (eh_rgb){ 0.30f, 0.29f, 0.28f }), eh_rgb_mul(c->key, c->hair), 0.55f);
    return eh_rgb_add(color, eh_rgb_scale(shine, band * eh_draw_max(toward, 0) * (0.6f + 0.6f * strand) *
                                                     gloss * 4 * (1 - behind)));
}

/* Ball of hair on the crown, or the tail beside the neck: signed distance. */
static float tied(const eh_face *f, const eh_place *p)
{
    float side = f->part < 0 ? -1.0f : 1.0f, x = p->x * side;
    if (f->style == EH_STYLE_BUN) {
        float dx = p->x - 0.05f * side, dy = p->y + 1.17f;
        return sqrtf(dx * dx + dy * dy) - 0.20f - 0.08f * f->hair_volume;
    }
    if (f->style == EH_STYLE_PONYTAIL) {
        float t = eh_draw_clamp((p->y + 0.2f) / 1.5f, 0, 1), middle = 0.72f + 0.12f * sinf(t * 3.5f);
        float width =
            0.19f * sinf(eh_draw_clamp(0.25f + t * 0.72f, 0, 1) * 3.1f) * (0.7f + 0.6f * f->hair_volume);
        float end = -0.2f + 1.1f + 0.5f * f->hair_length;
        return eh_draw_max(fabsf(x - middle) - width, eh_draw_max(-0.2f - p->y, p->y - end));
    }
    return 1;
}

void eh_draw_hair_back(eh_canvas *c)
{
    const eh_face *f = c->face;
    hair_shape h;
    if (f->style == EH_STYLE_BALD)
        return;
    shape_hair(c, &h);
    float hidden = 2 / c->unit; /* what the face will cover anyway */
    for (size_t i = 0; i < (size_t)c->size * (size_t)c->size; i++) {
        const eh_place *p = &c->place[i];
        if (p->head < -hidden)
            continue;
        float cover = eh_draw_cover(c, tied(f, p));
        if (cover > 0)
            eh_draw_blend(&c->pixel[i], hair_color(c, &h, p, 1, 0.15f), cover);
        cover = eh_draw_cover(c, outline(&h, p));
        if (h.end < 0 && p->y > 0.25f)
            cover = 0;
        if (cover > 0) {
            float behind = eh_draw_step(0.85f, 0.3f, fabsf(p->x)) * eh_draw_step(0, 0.5f, p->y) * 0.7f + 0.3f;
            eh_draw_blend(&c->pixel[i], hair_color(c, &h, p, 1, behind), cover);
        }
    }
}

void eh_draw_hair_front(eh_canvas *c)
{
    const eh_face *f = c->face;
    hair_shape h;
    if (f->style == EH_STYLE_BALD)
        return;
    shape_hair(c, &h);
    float dense = f->style == EH_STYLE_BUZZ ? 0.80f : f->style == EH_STYLE_BALDING ? 0.85f : 1.0f;
    float front_end = h.end > 0 ? h.end : 0.16f; /* short hair ends at the ears, as sideburns */
    for (size_t i = 0; i < (size_t)c->size * (size_t)c->size; i++) {
        const eh_place *p = &c->place[i];
        float d = outline(&h, p);
        if (d > 1 / c->unit && p->head > 0)
            continue;
        float depth = opening(&h, p);
        if (depth < 0 && depth > -0.15f && p->head < 0 &&
            (h.end > 0 || p->y < 0)) { /* the hair's shadow on the skin */
            float dark = eh_draw_step(-0.15f, 0.0f, depth);
            c->pixel[i] =
                eh_rgb_mul(c->pixel[i], (eh_rgb){ 1 - 0.34f * dark, 1 - 0.40f * dark, 1 - 0.42f * dark });
        }
        float cover = eh_draw_cover(c, eh_draw_max(d, -depth)) * dense;
        if (h.end < 0)
            cover *= eh_draw_step(front_end, front_end - 0.12f, p->y);
        if (cover > 0)
            eh_draw_blend(&c->pixel[i], hair_color(c, &h, p, depth, 0), cover);
    }
}

/* Signed distances of a hat: its body and its brim. */
static void hat_distances(const eh_canvas *c, const hair_shape *h, const eh_place *p, float *body,
                          float *brim)
{
    const eh_face *f = c->face;
    float dome = eh_polar_distance(&h->outer, p->theta, p->rho), turn = c->yaw_sin;
    *brim = 1;
    switch (f->hat) {
    case EH_HAT_BEANIE: {
        float edge = p->v + 0.47f - 0.10f * p->u * p->u;
        *body = eh_draw_max(dome - 0.05f - 0.08f * eh_draw_step(-0.6f, -1.1f, p->y), edge);
        *brim = eh_draw_max(dome - 0.075f, fabsf(edge + 0.11f) - 0.12f);
        break;
    }
    case EH_HAT_CAP: {
        *body = eh_draw_max(dome - 0.05f, p->v + 0.50f - 0.12f * p->u * p->u);
        float dx = (p->x - 0.40f * turn) / 0.66f, dy = (p->v + 0.47f) / 0.21f; /* the visor */
        *brim = eh_draw_max((sqrtf(dx * dx + dy * dy) - 1) * 0.21f, -(p->v + 0.53f - 0.06f * dx * dx));
        break;
    }
    default: {
        *body = eh_draw_max(dome - 0.06f, p->v + 0.52f);
        float dx = (p->x - 0.2f * turn) / 1.28f, dy = (p->y + 0.52f + 0.06f * cosf(p->x * 2)) / 0.17f;
        *brim = (sqrtf(dx * dx + dy * dy) - 1) * 0.17f;
        break;
    }
    }
}

void eh_draw_hat(eh_canvas *c)
{
    const eh_face *f = c->face;
    if (f->hat == EH_HAT_NONE)
        return;
    hair_shape h;
    shape_hair(c, &h);
    for (int k = 0; k < EH_POLAR_STEPS + 2; k++) /* hats sit on the head, not on its hair */
        h.outer.radius[k] =
            eh_draw_min(eh_draw_max(h.outer.radius[k], c->head.radius[k] + 0.06f), c->head.radius[k] + 0.12f);
    eh_rgb cloth = eh_draw_linear(f->hat_color), band = eh_rgb_scale(cloth, 0.35f);
    for (size_t i = 0; i < (size_t)c->size * (size_t)c->size; i++) {
        const eh_place *p = &c->place[i];
        if (p->y > 0.2f)
            continue;
        float body, brim;
        hat_distances(c, &h, p, &body, &brim);
        float nx = eh_draw_clamp(p->x * 0.95f, -0.9f, 0.9f), ny = eh_draw_clamp(p->y * 0.5f, -0.6f, 0.3f);
        eh_rgb light = eh_draw_lit(c, nx, ny, sqrtf(eh_draw_max(1 - nx * nx - ny * ny, 0.05f)), 0.3f),
               color = eh_rgb_mul(cloth, light);
        float under = eh_draw_min(body, brim);
        if (under > 0 && p->head < 0.05f) /* shadow on forehead and hair */
            c->pixel[i] =
                eh_rgb_scale(c->pixel[i],
                             1 - 0.38f * eh_draw_step(f->hat == EH_HAT_BEANIE ? 0.12f : 0.24f, 0, under));
        float knit = f->hat == EH_HAT_BEANIE ? 0.10f * sinf(p->u * 32)
                                             : 0.03f * eh_draw_noise(f->texture ^ 0x91u, p->x * 9, p->y * 9);
        eh_draw_blend(&c->pixel[i], eh_rgb_scale(color, 0.95f + knit), eh_draw_cover(c, body));
        if (f->hat == EH_HAT_BRIM) {
            float ribbon = eh_draw_max(body, fabsf(p->y + 0.66f) - 0.075f);
            eh_draw_blend(&c->pixel[i], eh_rgb_mul(band, light), eh_draw_cover(c, ribbon));
        }
        float brim_tone = f->hat == EH_HAT_BEANIE ? 1.12f + knit
                          : f->hat == EH_HAT_CAP  ? 0.48f + 0.32f * eh_draw_step(-0.48f, -0.27f, p->v)
                                                  : 1.02f - 0.5f * eh_draw_step(-0.55f, -0.38f, p->y);
        eh_draw_blend(&c->pixel[i], eh_rgb_scale(color, brim_tone), eh_draw_cover(c, brim));
    }
}
