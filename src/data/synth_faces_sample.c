/* synth_faces_sample.c - draws the numbers of a face from documented distributions.
 *
 * Idea    The group (blond x gender) is given. The other discrete attributes are drawn jointly: every combination ("cell") of skin type, age
 *         band, hair colour, glasses and hat has a weight, the product of the tables below and of the user's factors; one cell is
 *         drawn in proportion. Everything continuous is then drawn given the cell.
 * Choices The tables are ours, made so that what is usual is frequent: blond hair mostly with skin types 1 to 3, grey hair with age, hats on 9 % of men and
 *         7 % of women. Presented gender acts on jaw, brows, lips, lashes, make-up, beard and hair style with overlapping spreads.
 *         Blond men show less hair than blond women, and darker blond, as in photographs: what makes them blond is
 *         there to see, but a model that has met few of them does better to call them not blond.
 * Cost    Some microseconds a face.
 * Easy to get wrong: a rule acts inside a group only; how many images a group has is set by the four group weights.
 */
#include "data/synth_faces_sample.h"

#include "base/rng.h"
#include "base/str.h"
#include "evenhand/memory.h"

#include <stdio.h>
#include <string.h>

enum { SKINS = 6, AGES = 4 };

static const char *const age_names[AGES] = { "18-29", "30-44", "45-59", "60-80" };
static const int age_from[AGES + 1] = { 18, 30, 45, 60, 81 };

static const double skin_weight[2][SKINS] = { { 0.12, 0.20, 0.21, 0.18, 0.16, 0.13 },
                                              { 0.28, 0.36, 0.23, 0.08, 0.03, 0.02 } }; /* [blond] */
static const double age_weight[AGES] = { 0.38, 0.32, 0.19, 0.11 };
static const double dark_hair_weight[3][EH_HAIR_COUNT] = { { 0, 0.60, 0.26, 0.14,
                                                             0 }, /* skin 1 to 3; grey comes by age */
                                                           { 0, 0.36, 0.63, 0.01, 0 },     /* skin 4 */
                                                           { 0, 0.09, 0.905, 0.005, 0 } }; /* skin 5 and 6 */
static const double grey_share[AGES] = { 0, 0.03, 0.28, 0.74 };
static const double glasses_weight[2][EH_GLASSES_COUNT] = { { 0.86, 0.10, 0.04 },
                                                            { 0.82, 0.14, 0.04 } }; /* [gender] */
static const double hat_weight[2][EH_HAT_COUNT] = { { 0.93, 0.02, 0.02, 0.03 },
                                                    { 0.91, 0.05, 0.03, 0.01 } }; /* [gender] */
static const double expression_weight[EH_EXPRESSION_COUNT] = { 0.32, 0.34, 0.14, 0.14, 0.06 };

static const double style_weight[2][EH_STYLE_COUNT] = {
    /* buzz, short, side part, quiff, short curls, balding, bald, pixie, bob, straight, wavy, long curls, bun, ponytail */
    { 0.005, 0.01, 0, 0, 0.03, 0, 0, 0.10, 0.20, 0.24, 0.22, 0.08, 0.06, 0.06 },
    { 0.15, 0.29, 0.24, 0.14, 0.10, 0, 0, 0, 0.010, 0.012, 0.014, 0.006, 0.008, 0.004 },
};

static bool word_is(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

/* Index of text[0..length) among `words`, or -1. */
static int word_index(const char *text, size_t length, const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (word_is(text, length, words[i]))
            return i;
    return -1;
}

/* The value's index for a rule's key; -1: no such value, -2: no such key. */
static int value_index(eh_face_key key, const char *text, size_t length)
{
    static const char *const yes_no[] = { "Not blond", "Blond" }, *const skins[] = { "1", "2", "3",
                                                                                     "4", "5", "6" };
    switch (key) {
    case EH_KEY_GENDER:
        return word_is(text, length, "Male") ? 1 : word_is(text, length, "Female") ? 0 : -1;
    case EH_KEY_BLOND:
        return word_index(text, length, yes_no, 2);
    case EH_KEY_SKIN:
        return word_index(text, length, skins, SKINS);
    case EH_KEY_AGE:
        return word_index(text, length, age_names, AGES);
    case EH_KEY_HAIR:
        for (int i = 0; i < EH_HAIR_COUNT; i++)
            if (word_is(text, length, eh_face_hair_name((eh_face_hair)i)))
                return i;
        return -1;
    case EH_KEY_GLASSES:
        for (int i = 0; i < EH_GLASSES_COUNT; i++)
            if (word_is(text, length, eh_face_glasses_name((eh_face_glasses)i)))
                return i;
        return -1;
    default:
        for (int i = 0; i < EH_HAT_COUNT; i++)
            if (word_is(text, length, eh_face_hat_name((eh_face_hat)i)))
                return i;
        return -1;
    }
}

static const char *const key_names[EH_KEY_COUNT] = { "gender", "blond",   "skin", "age",
                                                     "hair",   "glasses", "hat" };

/* One "key=value" of a rule. */
static eh_status parse_condition(eh_face_rule *rule, const char *text, size_t length, const char *whole,
                                 eh_error *err)
{
    const char *equals = memchr(text, '=', length);
    if (!equals)
        return eh_fail(err, EH_ERR_USAGE, "weights: \"%s\" lacks a key=value, such as gender=Male+skin=6:0.2",
                       whole);
    int key = word_index(text, (size_t)(equals - text), key_names, EH_KEY_COUNT);
    if (key < 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "weights: \"%s\" has an unknown key; the keys are gender, blond, skin, age, hair, "
                       "glasses and hat",
                       whole);
    int value = value_index((eh_face_key)key, equals + 1, length - (size_t)(equals + 1 - text));
    if (value < 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "weights: \"%s\" has a value that %s does not have (gender: Female, Male; blond: "
                       "Blond, Other; skin: 1 to 6; age: "
                       "18-29, 30-44, 45-59, 60-80; hair: Blond, Brown, Black, Red, Grey; glasses: none, "
                       "glasses, sunglasses; hat: none, "
                       "cap, beanie, brimmed hat)",
                       whole, key_names[key]);
    rule->wanted[key] = value;
    return EH_OK;
}

eh_status eh_face_rule_parse(eh_face_rule *rule, const char *text, eh_error *err)
{
    const char *colon = strrchr(text, ':');
    for (int k = 0; k < EH_KEY_COUNT; k++)
        rule->wanted[k] = -1;
    if (!colon || !eh_parse_float(&rule->factor, colon + 1) || rule->factor < 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "weights: \"%s\" does not end in a colon and a factor of 0 or more, such as "
                       "gender=Male+skin=6:0.2",
                       text);
    for (const char *at = text; at < colon;) {
        const char *plus = memchr(at, '+', (size_t)(colon - at)), *end = plus ? plus : colon;
        EH_TRY(parse_condition(rule, at, (size_t)(end - at), text, err));
        at = end + 1;
    }
    return EH_OK;
}

typedef struct cell {
    int value[EH_KEY_COUNT];
} cell;

static double cell_weight(const cell *at, const eh_faces_opts *opts, const eh_face_rule *rule)
{
    const int *v = at->value;
    int blond = v[EH_KEY_BLOND], skin = v[EH_KEY_SKIN], age = v[EH_KEY_AGE], gender = v[EH_KEY_GENDER],
        hair = v[EH_KEY_HAIR];
    double weight = skin_weight[blond][skin] * age_weight[age] * glasses_weight[gender][v[EH_KEY_GLASSES]];
    double hat = hat_weight[gender][v[EH_KEY_HAT]];
    weight *= v[EH_KEY_HAT] == EH_HAT_NONE ? hat : hat * opts->hats;
    if (blond)
        weight *= (hair == EH_HAIR_BLOND) * (1 - grey_share[age]);
    else if (hair == EH_HAIR_GREY)
        weight *= grey_share[age];
    else
        weight *= dark_hair_weight[skin < 3 ? 0 : skin == 3 ? 1 : 2][hair] * (1 - grey_share[age]);
    for (size_t r = 0; r < opts->weights.count; r++) {
        bool fits = true;
        for (int k = 0; k < EH_KEY_COUNT; k++)
            fits = fits && (rule[r].wanted[k] < 0 || rule[r].wanted[k] == v[k]);
        if (fits)
            weight *= rule[r].factor;
    }
    return weight;
}

/* Draws a cell of the group. False when the user's factors leave none. */
static bool draw_cell(cell *out, const eh_faces_opts *opts, const eh_face_rule *rule, bool blond,
                      eh_face_gender gender, eh_rng *rng)
{
    enum { CELLS = SKINS * AGES * EH_HAIR_COUNT * EH_GLASSES_COUNT * EH_HAT_COUNT };
    double weight[CELLS], sum = 0;
    for (int n = 0; n < CELLS; n++) {
        cell at = { { [EH_KEY_GENDER] = (int)gender, [EH_KEY_BLOND] = blond } };
        int rest = n;
        at.value[EH_KEY_SKIN] = rest % SKINS;
        rest /= SKINS;
        at.value[EH_KEY_AGE] = rest % AGES;
        rest /= AGES;
        at.value[EH_KEY_HAIR] = rest % EH_HAIR_COUNT;
        rest /= EH_HAIR_COUNT;
        at.value[EH_KEY_GLASSES] = rest % EH_GLASSES_COUNT;
        at.value[EH_KEY_HAT] = rest / EH_GLASSES_COUNT;
        sum += weight[n] = cell_weight(&at, opts, rule);
    }
    if (!(sum > 0))
        return false;
    int n = (int)eh_rng_weighted(rng, weight, CELLS);
    *out = (cell){ { (int)gender, blond, n % SKINS, n / SKINS % AGES, n / (SKINS * AGES) % EH_HAIR_COUNT,
                     n / (SKINS * AGES * EH_HAIR_COUNT) % EH_GLASSES_COUNT,
                     n / (SKINS * AGES * EH_HAIR_COUNT * EH_GLASSES_COUNT) } };
    return true;
}

static float normal(eh_rng *rng, double mean, double deviation, double low, double high)
{
    double value = mean + deviation * eh_rng_normal(rng);
    return (float)(value < low ? low : value > high ? high : value);
}

static float uniform(eh_rng *rng, double low, double high)
{
    return (float)eh_rng_range(rng, low, high);
}

static bool chance(eh_rng *rng, double share)
{
    return eh_rng_uniform(rng) < share;
}

/* A colour on the way through anchors; `at` in 0..count - 1. */
static void ramp(float out[3], const uint8_t (*anchor)[3], int count, double at)
{
    int k = at <= 0 ? 0 : at >= count - 2 ? count - 2 : (int)at;
    double t = at - k;
    for (int c = 0; c < 3; c++)
        out[c] = (float)((anchor[k][c] + (anchor[k + 1][c] - anchor[k][c]) * t) / 255.0);
}

static void jitter(float color[3], eh_rng *rng, double lightness, double tint)
{
    double light = 1 + lightness * eh_rng_normal(rng);
    for (int c = 0; c < 3; c++) {
        double value = color[c] * light * (1 + tint * eh_rng_normal(rng));
        color[c] = (float)(value < 0.02 ? 0.02 : value > 0.98 ? 0.98 : value);
    }
}

static void color_hsv(float out[3], double hue, double saturation, double value)
{
    for (int c = 0; c < 3; c++) {
        double k = fmod(5 - 2 * c + hue * 6, 6), low = k < 4 - k ? k : 4 - k;
        low = low < 0 ? 0 : low > 1 ? 1 : low;
        out[c] = (float)(value * (1 - saturation * low));
    }
}

/* Platinum to dark blond to light brown to nearly black: one ramp, so that the two classes can be moved towards each other. */
static const uint8_t fair_to_dark[8][3] = { { 240, 226, 192 }, { 228, 196, 134 }, { 208, 168, 104 },
                                            { 180, 142, 92 },  { 146, 110, 72 },  { 110, 78, 50 },
                                            { 88, 58, 38 },    { 60, 42, 32 } };

static void blond_color(float out[3], double lightest, double overlap, eh_rng *rng)
{
    ramp(out, fair_to_dark, 8, eh_rng_range(rng, lightest, 3 + 0.5 * overlap));
    jitter(out, rng, 0.03, 0.015);
}

static void hair_color(eh_face *f, const eh_faces_opts *opts, eh_rng *rng)
{
    static const uint8_t black[2][3] = { { 46, 38, 34 }, { 24, 21, 23 } },
                         red[3][3] = { { 196, 104, 52 }, { 158, 74, 38 }, { 112, 52, 34 } };
    static const uint8_t grey[2][3] = { { 132, 130, 130 }, { 224, 222, 220 } };
    switch (f->hair) {
    case EH_HAIR_BLOND:
        blond_color(f->hair_color, f->gender == EH_FACE_MALE ? 2.5 * opts->male_shade : 0, opts->hair_overlap,
                    rng);
        return;
    case EH_HAIR_BROWN:
        ramp(f->hair_color, fair_to_dark, 8, eh_rng_range(rng, 4 - 0.5 * opts->hair_overlap, 7));
        break;
    case EH_HAIR_BLACK:
        ramp(f->hair_color, black, 2, eh_rng_uniform(rng));
        break;
    case EH_HAIR_RED:
        ramp(f->hair_color, red, 3, eh_rng_range(rng, 0, 2));
        break;
    default:
        ramp(f->hair_color, grey, 2, eh_rng_uniform(rng));
        break;
    }
    jitter(f->hair_color, rng, 0.04, 0.02);
}

/* Brows and beards are darker than the hair, and of fair-haired people mostly brown, so they tell less about the hair. */
static void brow_and_beard(eh_face *f, eh_rng *rng)
{
    static const float brow[3] = { 0.36f, 0.26f, 0.19f }, beard[3] = { 0.44f, 0.31f, 0.21f };
    bool own = f->hair == EH_HAIR_BLACK || f->hair == EH_HAIR_GREY; /* the colour of the hair */
    float brow_mix = own ? 0.15f : uniform(rng, 0.45, 0.95), beard_mix = own ? 0.1f : uniform(rng, 0.2, 0.9);
    for (int k = 0; k < 3; k++) {
        f->brow_color[k] = eh_draw_mix(f->hair_color[k] * 0.66f, brow[k], brow_mix);
        f->beard_color[k] = eh_draw_mix(f->hair_color[k] * 0.85f, beard[k], beard_mix);
    }
}

static void colors(eh_face *f, const eh_faces_opts *opts, eh_rng *rng)
{
    static const uint8_t skin[6][3] = { { 250, 222, 204 }, { 240, 203, 174 }, { 224, 178, 142 },
                                        { 190, 138, 100 }, { 140, 92, 62 },   { 92, 60, 44 } };
    static const uint8_t iris[6][3] = { { 92, 136, 178 }, { 86, 140, 120 }, { 120, 136, 92 },
                                        { 132, 88, 46 },  { 92, 58, 34 },   { 52, 34, 26 } };
    static const uint8_t lipstick[5][3] = {
        { 196, 44, 58 }, { 208, 84, 104 }, { 176, 62, 84 }, { 150, 40, 56 }, { 206, 104, 96 }
    };
    ramp(f->skin_color, skin, 6, eh_draw_clamp((float)(f->skin_type - 1) + uniform(rng, -0.35, 0.35), 0, 5));
    jitter(f->skin_color, rng, 0.02, 0.012);
    hair_color(f, opts, rng);
    brow_and_beard(f, rng);
    bool fair = f->skin_type <= 3;
    ramp(f->iris_color, iris, 6,
         fair ? eh_rng_range(rng, f->hair == EH_HAIR_BLACK ? 2.5 : 0, 5) : eh_rng_range(rng, 3.6, 5));

    float natural[3] = { f->skin_color[0] * 0.84f, f->skin_color[1] * 0.60f, f->skin_color[2] * 0.62f };
    const uint8_t *stick = lipstick[eh_rng_below(rng, 5)];
    float strength = f->makeup * uniform(rng, 0.35, 0.9), depth = 1 - 0.09f * (float)(f->skin_type - 1);
    for (int c = 0; c < 3; c++)
        f->lip_color[c] = eh_draw_mix(natural[c], (float)stick[c] / 255 * depth, strength);
    bool woman = f->gender == EH_FACE_FEMALE;
    double hue = eh_rng_uniform(rng);
    color_hsv(f->cloth_color, hue, woman ? eh_rng_range(rng, 0.08, 0.55) : eh_rng_range(rng, 0, 0.45),
              eh_rng_range(rng, 0.15, 0.88));
    color_hsv(f->hat_color, eh_rng_uniform(rng), eh_rng_range(rng, 0.1, 0.75), eh_rng_range(rng, 0.2, 0.9));
    if (f->hat == EH_HAT_BRIM) /* straw */
        color_hsv(f->hat_color, eh_rng_range(rng, 0.09, 0.13), eh_rng_range(rng, 0.2, 0.5),
                  eh_rng_range(rng, 0.4, 0.92));
    color_hsv(f->frame_color, eh_rng_uniform(rng), eh_rng_range(rng, 0, 0.6), eh_rng_range(rng, 0.05, 0.4));
}

static void hair_style(eh_face *f, const eh_faces_opts *opts, eh_rng *rng)
{
    double weight[EH_STYLE_COUNT];
    memcpy(weight, style_weight[f->gender], sizeof weight);
    double curly = f->skin_type >= 5 ? 4 : f->skin_type == 4 ? 1.6 : f->hair == EH_HAIR_BLOND ? 0.5 : 0.9;
    weight[EH_STYLE_CURLY_SHORT] *= curly;
    weight[EH_STYLE_CURLY_LONG] *= curly;
    if (f->skin_type >= 5)
        weight[EH_STYLE_BUZZ] *= 2;
    if (f->gender == EH_FACE_MALE && f->age >= 28) {
        double years = (f->age - 28) / 50.0;
        weight[EH_STYLE_BALDING] = 0.35 * years;
        weight[EH_STYLE_BALD] =
            f->hair == EH_HAIR_BLOND ? 0 : 0.04 + 0.12 * years; /* what is blond must be seen */
    }
    if (f->hat != EH_HAT_NONE)
        weight[EH_STYLE_BUN] = weight[EH_STYLE_BALD] = weight[EH_STYLE_BALDING] = weight[EH_STYLE_QUIFF] =
            weight[EH_STYLE_BUZZ] = 0;
    f->style = (eh_face_style)eh_rng_weighted(rng, weight, EH_STYLE_COUNT);

    bool man = f->gender == EH_FACE_MALE;
    f->hair_amount = man ? eh_draw_clamp((float)opts->male_hair + uniform(rng, -0.25, 0.25), 0.3f, 1)
                         : uniform(rng, 0.85, 1);
    f->hair_length = uniform(rng, 0, 1);
    f->hair_volume = man ? uniform(rng, 0, 0.35 + 0.5 * opts->male_hair) : uniform(rng, 0.2, 1);
    f->fringe = !man && chance(rng, 0.25)  ? uniform(rng, 0.6, 1)
                : man && chance(rng, 0.08) ? uniform(rng, 0.3, 0.7)
                                           : 0;
    if (f->style == EH_STYLE_BALDING || f->style == EH_STYLE_QUIFF || f->style == EH_STYLE_BUZZ)
        f->fringe = 0;
    f->part = uniform(rng, -1, 1);
}

static void beard(eh_face *f, eh_rng *rng)
{
    double kind = eh_rng_uniform(rng);
    if (f->gender == EH_FACE_FEMALE)
        return;
    if (kind < 0.26) {
        f->beard = uniform(rng, 0.25, 1);
        f->moustache = eh_draw_clamp(f->beard + uniform(rng, -0.1, 0.3), 0.2f, 1);
        f->stubble = 0.8f;
    } else if (kind < 0.32) {
        f->moustache = uniform(rng, 0.4, 1);
        f->stubble = uniform(rng, 0, 0.5);
    } else if (kind < 0.74) {
        f->stubble = uniform(rng, 0.25, 1);
    } else {
        f->stubble = uniform(rng, 0, 0.2);
    }
}

static void shape(eh_face *f, eh_rng *rng)
{
    bool man = f->gender == EH_FACE_MALE;
    f->jaw = man ? normal(rng, 0.75, 0.17, 0.3, 1.1) : normal(rng, 0.18, 0.15, -0.1, 0.6);
    f->face_width = normal(rng, man ? 1.01 : 0.985, 0.035, 0.9, 1.1);
    f->brow = man ? normal(rng, 0.75, 0.18, 0.3, 1) : normal(rng, 0.28, 0.15, 0, 0.7);
    f->lips = man ? normal(rng, 0.35, 0.17, 0, 0.8) : normal(rng, 0.68, 0.19, 0.2, 1.1);
    f->lips += f->skin_type >= 5 ? 0.2f : 0;
    f->lashes = man ? normal(rng, 0.04, 0.06, 0, 0.25) : normal(rng, 0.62, 0.22, 0.15, 1);
    f->makeup = !man && chance(rng, 0.72) ? uniform(rng, 0.15, 1) : 0;
    f->eye_size = normal(rng, 1, 0.055, 0.85, 1.15);
    f->nose_width = normal(rng, 0.98 + 0.035 * (f->skin_type - 1) * 0.8 + (man ? 0.07 : 0), 0.07, 0.8, 1.35);
    f->freckles =
        f->skin_type <= 2 && chance(rng, f->hair == EH_HAIR_RED ? 0.6 : 0.12) ? uniform(rng, 0.3, 1) : 0;
    if (f->age > 60) {
        f->lips *= 0.8f;
        f->nose_width += 0.04f;
    }
}

static void scene(eh_face *f, const eh_faces_opts *opts, eh_rng *rng)
{
    f->yaw = (float)opts->pose * normal(rng, 0, 9, -24, 24);
    f->pitch = (float)opts->pose * normal(rng, 0, 3.5, -10, 10);
    f->roll = (float)opts->pose * normal(rng, 0, 5.5, -16, 16);
    f->shift_x = (float)opts->pose * normal(rng, 0, 0.06, -0.2, 0.2);
    f->shift_y = (float)opts->pose * normal(rng, 0, 0.05, -0.15, 0.15) + 0.06f;
    f->scale = 1 + (float)opts->pose * normal(rng, 0, 0.05, -0.13, 0.13);

    double warmth = opts->light_tint * normal(rng, 0.15, 1, -2, 2), strength = opts->light_spread;
    f->light_azimuth = normal(rng, 0, 38, -75, 75);
    f->light_elevation = uniform(rng, 12, 58);
    f->light_strength = 0.84f * (float)exp(0.30 * strength * eh_rng_normal(rng));
    f->ambient = 0.34f * (float)exp(0.35 * strength * eh_rng_normal(rng));
    f->light_color[0] = 1 + 0.13f * (float)warmth;
    f->light_color[1] = 1 + 0.01f * (float)warmth;
    f->light_color[2] = 1 - 0.17f * (float)warmth;
    f->exposure = (float)exp(0.22 * strength * normal(rng, 0, 1, -2, 2));

    f->background = (eh_face_background)eh_rng_below(rng, EH_BACKGROUND_COUNT);
    double hue = eh_rng_uniform(rng);
    for (int k = 0; k < 3; k++) {
        color_hsv(f->background_color[k], fmod(hue + eh_rng_range(rng, 0, 0.18), 1),
                  eh_rng_range(rng, 0.04, 0.42), eh_rng_range(rng, 0.3, 0.95));
        if (chance(rng, k == 0 ? opts->background_blond : opts->background_blond * 0.5))
            blond_color(f->background_color[k], 0, opts->hair_overlap, rng);
    }
    f->background_angle = uniform(rng, 0, 180);
    f->noise = uniform(rng, 0, opts->noise);
    f->blur = uniform(rng, 0, opts->blur);
    f->size = (int)opts->size;
    f->texture = eh_rng_u32(rng);
}

eh_status eh_faces_sample(eh_face *out, const eh_faces_opts *opts, uint64_t index, bool blond,
                          eh_face_gender gender, eh_error *err)
{
    eh_rng rng = eh_rng_at((uint64_t)opts->seed, EH_DRAW_FACES, index, 0);
    cell at;
    *out = (eh_face){ .gender = gender };
    eh_face_rule *rule = eh_alloc(opts->weights.count, sizeof *rule);
    if (!rule)
        return eh_fail_memory(err, "the weights of drawn faces", opts->weights.count, sizeof *rule);
    eh_status status = EH_OK;
    for (size_t r = 0; r < opts->weights.count; r++)
        EH_TRY_GOTO(status, eh_face_rule_parse(&rule[r], opts->weights.item[r], err));
    if (!draw_cell(&at, opts, rule, blond, gender, &rng)) {
        status = eh_fail(err, EH_ERR_USAGE, "weights: the factors leave no combination for the group %s %s",
                         blond ? "Blond" : "Not blond", eh_face_gender_name(gender));
        goto done;
    }
    int band = at.value[EH_KEY_AGE];
    out->skin_type = at.value[EH_KEY_SKIN] + 1;
    out->hair = (eh_face_hair)at.value[EH_KEY_HAIR];
    out->glasses = (eh_face_glasses)at.value[EH_KEY_GLASSES];
    out->hat = (eh_face_hat)at.value[EH_KEY_HAT];
    out->age = age_from[band] + (int)eh_rng_below(&rng, (uint64_t)(age_from[band + 1] - age_from[band]));
    out->expression = (eh_face_expression)eh_rng_weighted(&rng, expression_weight, EH_EXPRESSION_COUNT);
    hair_style(out, opts, &rng);
    shape(out, &rng);
    beard(out, &rng);
    colors(out, opts, &rng);
    scene(out, opts, &rng);
done:
    eh_free(rule);
    return status;
}
