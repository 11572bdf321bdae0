/* main.c - the program `evenhand`. */
#include "evenhand/version.h"

#include <stdio.h>

int main(void)
{
    printf("evenhand %s\n", eh_version());
    return 0;
}
