/* adam_options.h - rows of the option tables of Adam and its kin. */
#ifndef EH_NN_ADAM_OPTIONS_H
#define EH_NN_ADAM_OPTIONS_H

#include <stddef.h>

/* beta1, beta2 and epsilon, where the option struct has members of these names; small: the default of epsilon. */
#define EH_ADAM_OPTIONS(struct_type, small)                                                      \
    { .name = "beta1",                                                                           \
      .help = "decay of the mean of gradients",                                                  \
      .type = EH_OPT_FLOAT,                                                                      \
      .offset = offsetof(struct_type, beta1),                                                    \
      .def = "0.9",                                                                              \
      .min = 0,                                                                                  \
      .max = 0.999999 },                                                                         \
        { .name = "beta2",                                                                       \
          .help = "decay of the mean of squared gradients",                                      \
          .type = EH_OPT_FLOAT,                                                                  \
          .offset = offsetof(struct_type, beta2),                                                \
          .def = "0.999",                                                                        \
          .min = 0,                                                                              \
          .max = 0.9999999 },                                                                    \
    {                                                                                            \
        .name = "epsilon", .help = "added to the root in the denominator", .type = EH_OPT_FLOAT, \
        .offset = offsetof(struct_type, epsilon), .def = small, .min = 1e-30, .max = 1           \
    }

#endif
