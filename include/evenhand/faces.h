/* faces.h - drawn faces: a data set with a known bias that needs no download.
 *
 * A face is drawn from numbers (eh_face), so every label is true by construction and any joint distribution of labels can be
 * had. The default is CelebA's: blond men are under one percent of the training part, and a plainly trained model fails them.
 */
#ifndef EVENHAND_FACES_H
#define EVENHAND_FACES_H

#include "evenhand/error.h"
#include "evenhand/image.h"
#include "evenhand/option.h"
#include "evenhand/progress.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum eh_face_gender { EH_FACE_FEMALE, EH_FACE_MALE } eh_face_gender;

typedef enum eh_face_hair {
    EH_HAIR_BLOND,
    EH_HAIR_BROWN,
    EH_HAIR_BLACK,
    EH_HAIR_RED,
    EH_HAIR_GREY,
    EH_HAIR_COUNT
} eh_face_hair;

typedef enum eh_face_style {
    EH_STYLE_BUZZ,
    EH_STYLE_SHORT,
    EH_STYLE_SIDE_PART,
    EH_STYLE_QUIFF,
    EH_STYLE_CURLY_SHORT,
    EH_STYLE_BALDING,
    EH_STYLE_BALD,
    EH_STYLE_PIXIE,
    EH_STYLE_BOB,
    EH_STYLE_STRAIGHT,
    EH_STYLE_WAVY,
    EH_STYLE_CURLY_LONG,
    EH_STYLE_BUN,
    EH_STYLE_PONYTAIL,
    EH_STYLE_COUNT
} eh_face_style;

typedef enum eh_face_glasses {
    EH_GLASSES_NONE,
    EH_GLASSES_CLEAR,
    EH_GLASSES_SUN,
    EH_GLASSES_COUNT
} eh_face_glasses;

typedef enum eh_face_hat { EH_HAT_NONE, EH_HAT_CAP, EH_HAT_BEANIE, EH_HAT_BRIM, EH_HAT_COUNT } eh_face_hat;

typedef enum eh_face_expression {
    EH_EXPRESSION_NEUTRAL,
    EH_EXPRESSION_SMILE,
    EH_EXPRESSION_LAUGH,
    EH_EXPRESSION_SERIOUS,
    EH_EXPRESSION_SURPRISED,
    EH_EXPRESSION_COUNT
} eh_face_expression;

typedef enum eh_face_background {
    EH_BACKGROUND_PLAIN,
    EH_BACKGROUND_GRADIENT,
    EH_BACKGROUND_BLOBS,
    EH_BACKGROUND_STRIPES,
    EH_BACKGROUND_COUNT
} eh_face_background;

/* The words that the enumerations above have in faces.csv: "Blond", "Male", "side part" ... Never NULL; `value` in range. */
EH_API const char *eh_face_gender_name(eh_face_gender value);
EH_API const char *eh_face_hair_name(eh_face_hair value);
EH_API const char *eh_face_style_name(eh_face_style value);
EH_API const char *eh_face_glasses_name(eh_face_glasses value);
EH_API const char *eh_face_hat_name(eh_face_hat value);
EH_API const char *eh_face_expression_name(eh_face_expression value);

/* All that is needed to draw one face. Colours are sRGB in 0..1; "0..1" members are strengths; angles are in degrees;
 * lengths are in head units: 1 is half the height of the head. */
typedef struct eh_face {
    eh_face_gender gender;
    eh_face_hair hair;
    eh_face_style style;
    int skin_type; /* Fitzpatrick 1..6 */
    int age;       /* years, 18..80 */
    eh_face_glasses glasses;
    eh_face_hat hat;
    eh_face_expression expression;

    float hair_color[3], brow_color[3], beard_color[3], skin_color[3], iris_color[3], lip_color[3],
        cloth_color[3], hat_color[3], frame_color[3];
    float hair_amount;      /* 0.3..1: shrinks hair towards the crown (recession, close cut) */
    float hair_length;      /* 0..1: within what the style allows */
    float hair_volume;      /* 0..1 */
    float fringe;           /* 0..1: hair over the forehead */
    float part;             /* -1..1: where the hair is parted, from left to right */
    float jaw;              /* 0 narrow .. 1 square */
    float face_width;       /* 0.9..1.1 */
    float brow;             /* 0 thin .. 1 thick */
    float lips;             /* 0 thin .. 1 full */
    float lashes;           /* 0..1 */
    float makeup;           /* 0..1: lip colour, eye shadow, blush */
    float eye_size;         /* 0.85..1.15 */
    float nose_width;       /* 0.8..1.3 */
    float beard;            /* 0..1: full beard */
    float moustache;        /* 0..1 */
    float stubble;          /* 0..1 */
    float freckles;         /* 0..1 */
    float yaw, pitch, roll; /* degrees; yaw > 0 turns towards the right side of the picture */
    float shift_x, shift_y; /* head units */
    float scale;            /* 1 = head of 0.64 picture heights */
    float light_azimuth;    /* degrees; > 0: from the right */
    float light_elevation;  /* degrees above the horizon */
    float light_strength;   /* key light; 1 is usual */
    float ambient;          /* fill light; 0.5 is usual */
    float light_color[3];   /* linear factors around 1 */
    float exposure;         /* linear factor, 1 is usual */
    eh_face_background background;
    float background_color[3][3];
    float background_angle; /* degrees */
    float noise;            /* standard deviation of the sensor noise in 8-bit levels */
    float blur;             /* standard deviation in pixels of a 64-pixel picture */
    int size;               /* side of the picture in pixels, 16..1024 */
    uint32_t texture;       /* seed of strands, stubble, freckles and noise */
} eh_face;

/* How the data set is made. Fill with eh_opts_defaults(eh_faces_options, ...). */
typedef struct eh_faces_opts {
    int64_t seed;
    int64_t train, valid, test;  /* images per part */
    int64_t valid_min, test_min; /* at least so many of every group blond x gender in that part */
    int64_t size;                /* side in pixels */
    double other_female, other_male, blond_female, blond_male; /* weights of the groups */
    eh_str_list weights;                                       /* rules "gender=Male+skin=6:0.2" */
    double hair_overlap;                                       /* 0..1 */
    double male_hair;                                          /* 0.3..1 */
    double male_shade;                                         /* 0..1 */
    double light_tint;                                         /* 0..1 */
    double light_spread;                                       /* 0..1 */
    double background_blond;                                   /* share */
    double pose;        /* factor on yaw, pitch, roll, shift and scale */
    double noise, blur; /* upper ends */
    double hats;        /* factor on the share of hats */
    int64_t quality;    /* JPEG; 0 = PNG */
    int64_t plant_copies, plant_near, plant_wrong, plant_group, plant_poor,
        plant_broken; /* how many of each defect */
} eh_faces_opts;

EH_API extern const eh_opt eh_faces_options[];

/* Draws a face. `out` is zeroed first, size x size RGB, owned by the caller. The same face gives the same pixels. */
EH_API eh_status eh_faces_render(eh_image *out, const eh_face *face, eh_error *err);

/* Draws the numbers of face `index` given its group; everything else comes from the distributions that synth_faces_sample.c
 * documents, weighted by opts->weights. A pure function of (opts, index, blond, gender). EH_ERR_USAGE on a malformed rule. */
EH_API eh_status eh_faces_sample(eh_face *out, const eh_faces_opts *opts, uint64_t index, bool blond,
                                 eh_face_gender gender, eh_error *err);

/* What eh_faces_write made. */
typedef struct eh_faces_summary {
    uint64_t images;         /* rows of faces.csv */
    uint64_t group[3][2][2]; /* [train, valid, test][blond][male], as drawn */
    uint64_t planted;        /* rows of planted.csv */
} eh_faces_summary;

/* Writes a data set: <folder>/images/NNNNNN.jpg (or .png), <folder>/faces.csv (file, split, blond, gender, hair, style, skin_type, age,
 * glasses, hat, expression) and, when defects are planted, <folder>/planted.csv: file, kind (exact copy, near copy, wrong label, wrong group, poor
 * image, broken file), original, detail (a sentence for people), variant (mirrored, dark ...), leaks_into (the part that a copy lies in when it is another
 * than the original's), and of wrong labels column, written and truth. `folder` must not exist or be empty. All is written beside it under a temporary name and renamed at the end, so a half data set is never found
 * under the name. The files do not depend on the number of threads. `summary` and `progress` may be NULL. */
EH_API eh_status eh_faces_write(eh_faces_summary *summary, const char *folder, const eh_faces_opts *opts,
                                eh_progress *progress, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
