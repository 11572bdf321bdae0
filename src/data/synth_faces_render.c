/* synth_faces_render.c - draws a face from its numbers.
 *
 * Idea    Painter's algorithm over layers. Every layer is a signed distance function evaluated per pixel; coverage is the distance in pixels,
 *         clamped, which anti-aliases edges at the cost of one sample. The head is a curve in polar coordinates; yaw and pitch move the
 *         features as if they were painted on a ball, so a turned head needs no 3-D model. Shading is Lambert's law with a wrapped terminator on
 *         normals of that ball plus bumps (nose, sockets, cheeks, lips), computed in linear light.
 * Source  Distance fields: Green, "Improved alpha-tested magnification for vector textures and special effects", 2007. Wrapped
 *         diffuse light: Green, "Real-time approximations to subsurface scattering", GPU Gems, 2004, chapter 16. Value noise:
 *         Perlin, "An image synthesizer", 1985.
 * Cost    About 0.3 ms for 64 x 64 pixels.
 * Easy to get wrong: the same face must give the same bytes on any number of threads, so all randomness is hashed from face->texture.
 */
#include "data/synth_faces.h"

#include "evenhand/memory.h"

#include <assert.h>

static float linear_of(float srgb)
{
    return srgb <= 0.04045f ? srgb / 12.92f : powf((srgb + 0.055f) / 1.055f, 2.4f);
}

eh_rgb eh_draw_linear(const float srgb[3])
{
    return (eh_rgb){ linear_of(srgb[0]), linear_of(srgb[1]), linear_of(srgb[2]) };
}

eh_rgb eh_draw_rgb8(int r, int g, int b)
{
    float srgb[3] = { (float)r / 255, (float)g / 255, (float)b / 255 };
    return eh_draw_linear(srgb);
}

/* Integer hash to -1..1. */
static float lattice(uint32_t seed, int32_t x, int32_t y)
{
    uint32_t h = (seed ^ (uint32_t)x * 0x9e3779b1u) + (uint32_t)y * 0x85ebca6bu;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 13) * 0x297a2d39u;
    return (float)((int32_t)h >> 8) * (1.0f / 8388608.0f);
}

float eh_draw_noise(uint32_t seed, float x, float y)
{
    int32_t ix = (int32_t)x - (x < 0),
            iy = (int32_t)y - (y < 0); /* floor, but for whole negative numbers, where tx = 1 */
    float tx = x - (float)ix, ty = y - (float)iy;
    tx = tx * tx * (3 - 2 * tx);
    ty = ty * ty * (3 - 2 * ty);
    float top = eh_draw_mix(lattice(seed, ix, iy), lattice(seed, ix + 1, iy), tx);
    float bottom = eh_draw_mix(lattice(seed, ix, iy + 1), lattice(seed, ix + 1, iy + 1), tx);
    return eh_draw_mix(top, bottom, ty);
}

void eh_polar_fill(eh_polar *out, const float knot[EH_POLAR_KNOTS], float lean)
{
    for (int i = 0; i < EH_POLAR_STEPS + 2; i++) {
        float turn = (float)i / EH_POLAR_STEPS * 2 - 1; /* half turns: -1..1 */
        float at = fabsf(turn > 1 ? turn - 2 : turn) * (EH_POLAR_KNOTS - 1);
        int k = (int)at;
        float t = at - (float)k;
        int last = EH_POLAR_KNOTS - 1;
        float p0 = knot[k == 0 ? 1 : k - 1],
              p1 = knot[k > last ? last : k]; /* even around 0 and 180 degrees */
        float p2 = knot[k + 1 > last ? last - (k + 1 - last) : k + 1],
              p3 = knot[k + 2 > last ? last - (k + 2 - last) : k + 2];
        float r = 0.5f * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t +
                          (3 * p1 - p0 - 3 * p2 + p3) * t * t * t);
        float up = eh_draw_step(4, 6, at); /* only the upper part leans */
        out->radius[i] = r + lean * up * sinf(turn * EH_DRAW_PI);
    }
}

eh_box eh_draw_box(const eh_canvas *c, float x0, float y0, float x1, float y1)
{
    const eh_face *f = c->face;
    float turn = f->roll * EH_DRAW_PI / 180, cs = cosf(turn), sn = sinf(turn), half = (float)c->size / 2;
    float left = 1e9f, right = -1e9f, top = 1e9f, bottom = -1e9f;
    for (int corner = 0; corner < 4; corner++) {
        float x = corner & 1 ? x1 : x0, y = corner & 2 ? y1 : y0;
        float px = half + (x * cs - y * sn + f->shift_x) * c->unit,
              py = half + (x * sn + y * cs + f->shift_y) * c->unit;
        left = eh_draw_min(left, px);
        right = eh_draw_max(right, px);
        top = eh_draw_min(top, py);
        bottom = eh_draw_max(bottom, py);
    }
    float end = (float)c->size;
    return (eh_box){ (int)eh_draw_clamp(left - 1, 0, end), (int)eh_draw_clamp(top - 1, 0, end),
                     (int)eh_draw_clamp(right + 2, 0, end), (int)eh_draw_clamp(bottom + 2, 0, end) };
}

/* Outline of the head: between an oval and a square jaw. */
static void shape_head(eh_canvas *c)
{
    static const float narrow[EH_POLAR_KNOTS] = { 1.0f,   0.905f, 0.755f, 0.70f, 0.695f,
                                                  0.765f, 0.875f, 0.965f, 1.0f };
    static const float square[EH_POLAR_KNOTS] = { 1.0f,  0.975f, 0.865f, 0.765f, 0.72f,
                                                  0.77f, 0.875f, 0.965f, 1.0f };
    float knot[EH_POLAR_KNOTS];
    for (int k = 0; k < EH_POLAR_KNOTS; k++) {
        float side = sinf((float)k * EH_DRAW_PI / (EH_POLAR_KNOTS - 1));
        knot[k] = eh_draw_mix(narrow[k], square[k], c->face->jaw) * (1 + (c->face->face_width - 1) * side);
    }
    eh_polar_fill(&c->head, knot, 0);
}

/* Fills the coordinates of every pixel. */
static void place_pixels(eh_canvas *c)
{
    const eh_face *f = c->face;
    const float ball = 0.82f;
    float turn = f->roll * EH_DRAW_PI / 180, cs = cosf(turn), sn = sinf(turn), half = (float)c->size / 2;
    float pitch = sinf(f->pitch * EH_DRAW_PI / 180) * ball;
    eh_place *p = c->place;
    for (int row = 0; row < c->size; row++) {
        for (int column = 0; column < c->size; column++, p++) {
            float px = ((float)column + 0.5f - half) / c->unit - f->shift_x;
            float py = ((float)row + 0.5f - half) / c->unit - f->shift_y;
            p->x = px * cs + py * sn;
            p->y = py * cs - px * sn;
            float s = eh_draw_clamp(p->x / ball, -1, 1), depth = sqrtf(1 - s * s);
            p->u = p->x - s * ball + ball * (s * c->yaw_cos - depth * c->yaw_sin);
            p->v = p->y - pitch * depth;
            p->rho = sqrtf(p->x * p->x + p->y * p->y);
            p->theta = eh_draw_angle(p->x, p->y);
            p->head = eh_polar_distance(&c->head, p->theta, p->rho);
        }
    }
}

/* Colours and lights as the layers need them. */
static void prepare(eh_canvas *c)
{
    const eh_face *f = c->face;
    float azimuth = f->light_azimuth * EH_DRAW_PI / 180, elevation = f->light_elevation * EH_DRAW_PI / 180;
    c->light[0] = sinf(azimuth) * cosf(elevation);
    c->light[1] = -sinf(elevation);
    c->light[2] = cosf(azimuth) * cosf(elevation);
    eh_rgb tint = { f->light_color[0], f->light_color[1], f->light_color[2] };
    c->key = eh_rgb_scale(tint, f->light_strength);
    c->fill = eh_rgb_scale(eh_rgb_mix((eh_rgb){ 0.96f, 0.99f, 1.05f }, tint, 0.6f), f->ambient);
    c->skin = eh_draw_linear(f->skin_color);
    c->hair = eh_draw_linear(f->hair_color);
    c->brow = eh_draw_linear(f->brow_color);
    c->beard = eh_draw_linear(f->beard_color);
    c->lip = eh_draw_linear(f->lip_color);
    c->yaw_sin = sinf(f->yaw * EH_DRAW_PI / 180);
    c->yaw_cos = cosf(f->yaw * EH_DRAW_PI / 180);
    c->unit = 0.338f * (float)c->size * f->scale;
    shape_head(c);
}

eh_status eh_faces_render(eh_image *out, const eh_face *face, eh_error *err)
{
    *out = (eh_image){ 0 };
    if (face->size < 16 || face->size > 1024)
        return eh_fail(err, EH_ERR_USAGE, "a drawn face of %d pixels is outside 16..1024", face->size);
    eh_canvas c = { .face = face, .size = face->size };
    size_t pixels = (size_t)face->size * (size_t)face->size;
    eh_rgb *scratch = eh_alloc_raw(pixels, sizeof *scratch);
    c.pixel = eh_alloc_raw(pixels, sizeof *c.pixel);
    c.place = eh_alloc_raw(pixels, sizeof *c.place);
    eh_status status = EH_OK;
    if (!scratch || !c.pixel || !c.place) {
        status = eh_fail_memory(err, "a drawn face", pixels, sizeof *c.pixel + sizeof *c.place);
        goto done;
    }
    EH_TRY_GOTO(status, eh_image_alloc(out, face->size, face->size, 3, err));
    prepare(&c);
    place_pixels(&c);
    eh_draw_background(&c);
    eh_draw_hair_back(&c);
    eh_draw_body(&c);
    eh_draw_head(&c);
    eh_draw_beard(&c);
    eh_draw_features(&c);
    eh_draw_glasses(&c);
    eh_draw_hair_front(&c);
    eh_draw_hat(&c);
    eh_draw_develop(&c, scratch, out);
done:
    eh_free(scratch);
    eh_free(c.pixel);
    eh_free(c.place);
    return status;
}
