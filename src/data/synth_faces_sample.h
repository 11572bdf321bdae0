/* synth_faces_sample.h - rules that reweigh the joint distribution of drawn faces. */
#ifndef EH_DATA_SYNTH_FACES_SAMPLE_H
#define EH_DATA_SYNTH_FACES_SAMPLE_H

#include "data/synth_faces.h"

typedef enum eh_face_key {
    EH_KEY_GENDER,
    EH_KEY_BLOND,
    EH_KEY_SKIN,
    EH_KEY_AGE,
    EH_KEY_HAIR,
    EH_KEY_GLASSES,
    EH_KEY_HAT,
    EH_KEY_COUNT
} eh_face_key;

/* A factor on all combinations that have the wanted values. */
typedef struct eh_face_rule {
    int wanted[EH_KEY_COUNT]; /* index of the value; -1: any */
    double factor;
} eh_face_rule;

/* Reads "gender=Male+skin=6:0.2". EH_ERR_USAGE with the rule and what is wrong. */
eh_status eh_face_rule_parse(eh_face_rule *rule, const char *text, eh_error *err);

#endif
