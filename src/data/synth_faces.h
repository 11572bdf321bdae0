/* synth_faces.h - what the parts of the face renderer share: the canvas, its coordinates, and small shapes.
 *
 * Coordinates. (x, y): the head's own frame, origin in the middle of the face, x to the right of the picture, y down; the
 * chin is at y = 1, the crown at y = -1. (u, v): where the feature that is seen at (x, y) sits on a face seen from the front; they differ by
 * yaw and pitch. All shapes are signed distances in these units (negative inside), turned into coverage by eh_draw_cover, so edges are
 * anti-aliased without supersampling. Colours on the canvas are linear light.
 */
#ifndef EH_DATA_SYNTH_FACES_H
#define EH_DATA_SYNTH_FACES_H

#include "evenhand/faces.h"

#include <math.h>

typedef struct eh_rgb {
    float r, g, b;
} eh_rgb;

enum { EH_POLAR_STEPS = 256, EH_POLAR_KNOTS = 9 };

/* A closed curve around the origin: radius over the angle from straight down (0) to up (+-pi), right positive. */
typedef struct eh_polar {
    float radius[EH_POLAR_STEPS + 2]; /* one more than a turn, and one to read past the end */
} eh_polar;

/* One pixel's place. */
typedef struct eh_place {
    float x, y, u, v;
    float head;  /* signed distance to the outline of the head */
    float theta; /* angle of (x, y), radians, from straight down, right positive */
    float rho;   /* length of (x, y) */
} eh_place;

typedef struct eh_canvas {
    const eh_face *face;
    int size;
    float unit; /* pixels per head unit */
    eh_rgb *pixel;
    eh_place *place;
    eh_polar head;
    float yaw_sin, yaw_cos;
    float light[3];   /* unit vector towards the key light: x right, y down, z to the viewer */
    eh_rgb key, fill; /* light colours times strengths */
    eh_rgb skin, hair, brow, beard, lip;
} eh_canvas;

/* Pixels [x0, x1) x [y0, y1). */
typedef struct eh_box {
    int x0, y0, x1, y1;
} eh_box;

static inline float eh_draw_clamp(float value, float low, float high)
{
    return value < low ? low : value > high ? high : value;
}

/* fmaxf and fminf without their care for NaN, which keeps compilers from using one instruction. */
static inline float eh_draw_max(float a, float b)
{
    return a > b ? a : b;
}

static inline float eh_draw_min(float a, float b)
{
    return a < b ? a : b;
}

/* 0 below `from`, 1 above `to` (from > to allowed), smooth between. */
static inline float eh_draw_step(float from, float to, float value)
{
    float t = eh_draw_clamp((value - from) / (to - from), 0, 1);
    return t * t * (3 - 2 * t);
}

static inline float eh_draw_mix(float a, float b, float t)
{
    return a + (b - a) * t;
}

static inline eh_rgb eh_rgb_mix(eh_rgb a, eh_rgb b, float t)
{
    return (eh_rgb){ eh_draw_mix(a.r, b.r, t), eh_draw_mix(a.g, b.g, t), eh_draw_mix(a.b, b.b, t) };
}

static inline eh_rgb eh_rgb_scale(eh_rgb a, float s)
{
    return (eh_rgb){ a.r * s, a.g * s, a.b * s };
}

static inline eh_rgb eh_rgb_mul(eh_rgb a, eh_rgb b)
{
    return (eh_rgb){ a.r * b.r, a.g * b.g, a.b * b.b };
}

static inline eh_rgb eh_rgb_add(eh_rgb a, eh_rgb b)
{
    return (eh_rgb){ a.r + b.r, a.g + b.g, a.b + b.b };
}

/* Coverage 0..1 of a pixel by a shape at signed distance `d`. */
static inline float eh_draw_cover(const eh_canvas *c, float d)
{
    return eh_draw_clamp(0.5f - d * c->unit, 0, 1);
}

/* Paints with opacity `alpha`. */
static inline void eh_draw_blend(eh_rgb *pixel, eh_rgb color, float alpha)
{
    *pixel = eh_rgb_mix(*pixel, color, alpha);
}

/* (1 - r^2)^2 inside radius 1: a bump without an exponential. */
static inline float eh_draw_bump(float dx, float dy)
{
    float r = 1 - dx * dx - dy * dy;
    return r > 0 ? r * r : 0;
}

/* Value noise in -1..1, smooth, lattice of period 1, one texture per `seed`. */
float eh_draw_noise(uint32_t seed, float x, float y);

/* Linear light of an sRGB colour, and of one sample. */
eh_rgb eh_draw_linear(const float srgb[3]);
eh_rgb eh_draw_rgb8(int r, int g, int b);

/* Radius through nine knots from 0 to 180 degrees, the same left and right (Catmull-Rom). `lean` adds lean * sin(theta) above. */
void eh_polar_fill(eh_polar *out, const float knot[EH_POLAR_KNOTS], float lean);

#define EH_DRAW_PI 3.14159265f

/* Angle of (x, y) from straight down, right positive: atan2f(x, y) within 0.0003, by a polynomial (Rajan et al., "Efficient
 * approximations for the arctangent function", IEEE Signal Processing Magazine 23(3), 2006, with two more terms), so it is quick and the same
 * with every C library. */
static inline float eh_draw_angle(float x, float y)
{
    float ax = fabsf(x), ay = fabsf(y), big = eh_draw_max(ax, ay), small = eh_draw_min(ax, ay);
    float t = big > 0 ? small / big : 0, s = t * t;
    float angle = ((-0.0464964749f * s + 0.15931422f) * s - 0.327622764f) * s * t + t;
    angle = ax > ay ? EH_DRAW_PI / 2 - angle : angle;
    angle = y < 0 ? EH_DRAW_PI - angle : angle;
    return x < 0 ? -angle : angle;
}

/* Radius at `theta`. */
static inline float eh_polar_radius(const eh_polar *polar, float theta)
{
    float at = (theta * (1 / EH_DRAW_PI) + 1) * (0.5f * EH_POLAR_STEPS);
    int i = (int)at;
    return eh_draw_mix(polar->radius[i], polar->radius[i + 1], at - (float)i);
}

/* Signed distance (first order) of the point at (theta, rho). */
static inline float eh_polar_distance(const eh_polar *polar, float theta, float rho)
{
    float at = (theta * (1 / EH_DRAW_PI) + 1) * (0.5f * EH_POLAR_STEPS);
    int i = (int)at;
    float a = polar->radius[i], b = polar->radius[i + 1];
    float r = a + (b - a) * (at - (float)i);
    float slope = (b - a) * (EH_POLAR_STEPS / (2 * EH_DRAW_PI)) / eh_draw_max(r, 0.05f);
    return (rho - r) / sqrtf(1 + slope * slope);
}

/* Light that a matt surface with unit normal n sends back per unit of albedo; `wrap` softens the terminator. */
static inline eh_rgb eh_draw_lit(const eh_canvas *c, float nx, float ny, float nz, float wrap)
{
    float lambert = (nx * c->light[0] + ny * c->light[1] + nz * c->light[2] + wrap) / (1 + wrap);
    float key = lambert > 0 ? lambert : 0;
    float fill = 0.75f + 0.25f * nz - 0.25f * ny; /* more of it comes from above */
    return eh_rgb_add(eh_rgb_scale(c->key, key), eh_rgb_scale(c->fill, fill));
}

/* The box of pixels whose (x, y) lie in the given rectangle of head units. */
eh_box eh_draw_box(const eh_canvas *c, float x0, float y0, float x1, float y1);

/* The layers, back to front. */
void eh_draw_background(eh_canvas *c);
void eh_draw_hair_back(eh_canvas *c);
void eh_draw_body(eh_canvas *c);
void eh_draw_head(eh_canvas *c);
void eh_draw_beard(eh_canvas *c);
void eh_draw_features(eh_canvas *c);
void eh_draw_glasses(eh_canvas *c);
void eh_draw_hair_front(eh_canvas *c);
void eh_draw_hat(eh_canvas *c);

/* Exposure, blur, sRGB, sensor noise, 8 bits. `scratch` holds size * size colours. */
void eh_draw_develop(eh_canvas *c, eh_rgb *scratch, eh_image *out);

#endif
