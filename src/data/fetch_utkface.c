/* fetch_utkface.c - UTKFace: its terms must be accepted by a person, so only the way to it is told. */
#include "data/fetch.h"

const eh_fetch eh_fetch_utkface = {
    .entry = { .name = "utkface",
               .summary = "over 20,000 faces with age, gender and ethnicity in their file names",
               .source = "Zhang, Song, Qi 2017, Age Progression/Regression by Conditional Adversarial "
                         "Autoencoder" },
    .page = "https://susanqq.github.io/UTKFace/",
    .licence = "Non-commercial research only. The copyright of the images belongs to their original owners; "
               "whoever is "
               "shown may ask for a picture to be removed.",
    .instructions =
        "1. Read the terms on the page above; go on only if you accept them.\n"
        "2. From the folder that the page links to, take the aligned and cropped faces: UTKFace.tar.gz (107 "
        "MB).\n"
        "3. evenhand import UTKFace.tar.gz -o utkface.eh --format utkface\n"
        "   The archive is read as it is; names without age, gender or ethnicity are listed and left out.\n",
};
