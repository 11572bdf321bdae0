/* fetch_fairface.c - FairFace: it is given out by a drive that asks questions, so only the way to it is told. */
#include "data/fetch.h"

const eh_fetch eh_fetch_fairface = {
    .entry = { .name = "fairface",
               .summary = "108,501 faces balanced over seven ethnicities, with gender and age range",
               .source = "Karkkainen, Joo 2021, FairFace" },
    .page = "https://github.com/joojs/fairface",
    .licence =
        "Creative Commons Attribution 4.0: name the authors, link to the licence, say what you changed.",
    .instructions = "1. Read the terms on the page above; go on only if you accept them.\n"
                    "2. From the links there, take\n"
                    "     fairface-img-margin025-trainval.zip   the faces, cropped closely (550 MB)\n"
                    "     fairface_label_train.csv, fairface_label_val.csv\n"
                    "   Do not open the two lists with a spreadsheet program: it turns the age ranges 3-9 "
                    "and 10-19 into dates\n"
                    "   (--format fairface:repair-ages=yes makes them ranges again).\n"
                    "3. Put the lists into one folder and unpack the archive there, so that train/ and val/ "
                    "lie beside them:\n"
                    "     mkdir fairface && cd fairface && unzip fairface-img-margin025-trainval.zip\n"
                    "4. evenhand import fairface -o fairface.eh\n",
};
