/* synth_faces_options.c - the words and the options of the drawn faces. */
#include "evenhand/faces.h"

#include <assert.h>

static const char *const gender_names[] = { "Female", "Male" };
static const char *const hair_names[EH_HAIR_COUNT] = { "Blond", "Brown", "Black", "Red", "Grey" };
static const char *const style_names[EH_STYLE_COUNT] = { "buzz cut",    "short",    "side part", "quiff",
                                                         "short curls", "balding",  "bald",      "pixie",
                                                         "bob",         "straight", "wavy",      "long curls",
                                                         "bun",         "ponytail" };
static const char *const glasses_names[EH_GLASSES_COUNT] = { "none", "glasses", "sunglasses" };
static const char *const hat_names[EH_HAT_COUNT] = { "none", "cap", "beanie", "brimmed hat" };
static const char *const expression_names[EH_EXPRESSION_COUNT] = { "neutral", "smile", "laugh", "serious",
                                                                   "surprised" };

const char *eh_face_gender_name(eh_face_gender value)
{
    assert((unsigned)value < 2);
    return gender_names[value];
}

const char *eh_face_hair_name(eh_face_hair value)
{
    assert((unsigned)value < EH_HAIR_COUNT);
    return hair_names[value];
}

const char *eh_face_style_name(eh_face_style value)
{
    assert((unsigned)value < EH_STYLE_COUNT);
    return style_names[value];
}

const char *eh_face_glasses_name(eh_face_glasses value)
{
    assert((unsigned)value < EH_GLASSES_COUNT);
    return glasses_names[value];
}

const char *eh_face_hat_name(eh_face_hat value)
{
    assert((unsigned)value < EH_HAT_COUNT);
    return hat_names[value];
}

const char *eh_face_expression_name(eh_face_expression value)
{
    assert((unsigned)value < EH_EXPRESSION_COUNT);
    return expression_names[value];
}

#define COUNT(field, option, text, usual, low, high)                                                \
    {                                                                                               \
        .name = option, .help = text, .type = EH_OPT_INT, .offset = offsetof(eh_faces_opts, field), \
        .def = usual, .min = low, .max = high                                                       \
    }
#define NUMBER(field, option, text, usual, low, high)                                                 \
    {                                                                                                 \
        .name = option, .help = text, .type = EH_OPT_FLOAT, .offset = offsetof(eh_faces_opts, field), \
        .def = usual, .min = low, .max = high                                                         \
    }

const eh_opt eh_faces_options[] = {
    COUNT(seed, "seed", "seed of all random numbers", "1", 0, 9007199254740992.0),
    COUNT(train, "train", "images of the training part", "10000", 0, 10000000),
    COUNT(valid, "valid", "images of the validation part", "2000", 0, 10000000),
    COUNT(test, "test", "images of the test part", "2400", 0, 10000000),
    COUNT(valid_min, "valid-min", "at least so many of every group in the validation part", "100", 0,
          1000000),
    COUNT(test_min, "test-min", "at least so many of every group in the test part", "300", 0, 1000000),
    COUNT(size, "size", "side of the pictures in pixels", "64", 16, 1024),
    NUMBER(other_female, "other-female", "weight of women who are not blond", "71629", 0, 1e9),
    NUMBER(other_male, "other-male", "weight of men who are not blond", "66874", 0, 1e9),
    NUMBER(blond_female, "blond-female", "weight of blond women", "22880", 0, 1e9),
    NUMBER(blond_male, "blond-male", "weight of blond men", "1387", 0, 1e9),
    { .name = "weights",
      .help = "factors on crossings inside a group, such as gender=Male+skin=6:0.2; keys gender blond skin "
              "age hair glasses hat",
      .type = EH_OPT_LIST,
      .offset = offsetof(eh_faces_opts, weights) },
    NUMBER(hair_overlap, "hair-overlap", "how far dark blond and light brown reach into each other", "1", 0,
           1),
    NUMBER(male_hair, "male-hair", "how much hair men have", "0.55", 0.3, 1),
    NUMBER(male_shade, "male-shade", "how much darker the blond of men is than that of women", "1", 0, 1),
    NUMBER(light_tint, "light-tint", "spread of the light's colour", "0.5", 0, 1),
    NUMBER(light_spread, "light-spread", "spread of the light's strength", "0.5", 0, 1),
    NUMBER(background_blond, "background-blond", "share of backgrounds in colours close to blond", "0.3", 0,
           1),
    NUMBER(pose, "pose", "factor on how far heads turn, lean and move", "1", 0, 2),
    NUMBER(noise, "noise", "strongest sensor noise, standard deviation in 8-bit levels", "5", 0, 60),
    NUMBER(blur, "blur", "strongest blur, standard deviation in pixels of a 64-pixel picture", "0.6", 0, 4),
    NUMBER(hats, "hats", "factor on the share of hats", "1", 0, 10),
    COUNT(quality, "quality", "JPEG quality; 0 writes PNG", "92", 0, 100),
    COUNT(plant_copies, "plant-copies", "exact copies to plant", "0", 0, 1000000),
    COUNT(plant_near, "plant-near",
          "near copies to plant: re-encoded, brightened, shifted, mirrored, resized", "0", 0, 1000000),
    COUNT(plant_wrong, "plant-wrong", "wrong labels to plant, in column blond", "0", 0, 1000000),
    COUNT(plant_group, "plant-group", "wrong group labels to plant, in column gender", "0", 0, 1000000),
    COUNT(plant_poor, "plant-poor",
          "drawn pictures to make poor: dark, bright, blurred, plain, a strip, tiny", "0", 0, 1000000),
    COUNT(plant_broken, "plant-broken", "broken files to plant: truncated, empty, not a picture", "0", 0,
          1000000),
    { 0 }
};
