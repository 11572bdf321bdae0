// statistics.ts - the little that the page computes itself: differences between runs, which no single results.json can hold.
export interface Difference {
  value: number;
  low: number;
  high: number;
  /** interval: of two proportions. seeds: smallest and largest over the seeds. */
  spread: "interval" | "seeds";
}

export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/**
 * a - b, its interval recovered from the two intervals by squaring and adding (Zou, Huang and Zhang 2009). With Wilson's
 * intervals of two proportions it is Newcombe's hybrid score interval (1998, method 10). It treats the two as independent. Two models judged on the same images are rather positively correlated, which makes it
 * wider than need be, hence cautious.
 */
export function subtract(a: Estimate, b: Estimate): Difference {
  const value = a.value - b.value;
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
    spread: "interval",
  };
}

export function mean(values: number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/**
 * Cramér's V of a table of counts, 0 (independent) to 1 (one fixes the other), without bias correction.
 * null when a margin leaves fewer than two rows or columns.
 */
export function cramersV(table: number[][]): number | null {
  const rows = table.map((row) => row.reduce((s, x) => s + x, 0));
  const columns = (table[0] ?? []).map((_, j) => table.reduce((s, row) => s + (row[j] ?? 0), 0));
  const n = rows.reduce((s, x) => s + x, 0);
  const used = Math.min(rows.filter((x) => x > 0).length, columns.filter((x) => x > 0).length);
  if (n === 0 || used < 2) return null;
  let chi2 = 0;
  table.forEach((row, i) =>
    row.forEach((x, j) => {
      const expected = ((rows[i] ?? 0) * (columns[j] ?? 0)) / n;
      if (expected > 0) chi2 += (x - expected) ** 2 / expected;
    }),
  );
  return Math.sqrt(chi2 / (n * (used - 1)));
}
