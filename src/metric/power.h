/* power.h - which difference in accuracy can a test part of this size reveal, and how many images would a given difference take? */
#ifndef EH_METRIC_POWER_H
#define EH_METRIC_POWER_H

/* Two-sided z test of two proportions at error `alpha`: the probability that it finds the difference between accuracy `a` over n images and `b`
 * over m others. */
double eh_proportion_power(double a, double n, double b, double m, double alpha);

/* The smallest drop below accuracy `b` (of m images) that a group of n images reveals with that power; NaN when even an accuracy of 0 would not
 * be found. */
double eh_smallest_difference(double n, double b, double m, double alpha, double power);

/* The images that the group needs so that a drop of `difference` below `b` is found with that power, rounded up; the other m stay. NaN when no
 * number is enough, because m itself is too small, or when the drop leads below 0. */
double eh_images_needed(double difference, double b, double m, double alpha, double power);

#endif
