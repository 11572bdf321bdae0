/* fetch_celeba.c - CelebA: its terms must be accepted by a person, so only the way to it is told. */
#include "data/fetch.h"

const eh_fetch eh_fetch_celeba = {
    .entry = { .name = "celeba",
               .summary = "202,599 faces of 10,177 celebrities with 40 attributes",
               .source = "Liu, Luo, Wang, Tang 2015, Deep Learning Face Attributes in the Wild" },
    .page = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    .licence = "Non-commercial research only. No part of the images or of data derived from them may be "
               "copied, sold or "
               "used commercially, and no part may be passed on; copies within one site of one organisation "
               "are allowed. "
               "The images come from the Internet and are not the property of the authors.",
    .instructions =
        "1. Read the agreement on the page above; go on only if you accept it.\n"
        "2. From the folders that the page links to, take\n"
        "     Img/img_align_celeba.zip            the aligned and cropped faces (1.4 GB)\n"
        "     Anno/list_attr_celeba.txt           40 attributes of every face\n"
        "     Anno/identity_CelebA.txt            who it is\n"
        "     Eval/list_eval_partition.txt        the official training, validation and test parts\n"
        "3. Put the three lists into one folder and unpack the archive there:\n"
        "     mkdir celeba && cd celeba && unzip img_align_celeba.zip\n"
        "4. evenhand import celeba -o celeba.eh\n",
};
