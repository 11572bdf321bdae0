// statistics.ts - the little that the page computes itself: differences between runs, which no single results.json can hold.
export interface Difference {
  value: number;
  low: number;
  high: number;
  /** interval: of two proportions. seeds: smallest and largest over the seeds. */
  spread: "interval" | "seeds";
}

/** Which images of a group were right: one bit each, in an order that the hash stands for. */
export interface Images {
  n: number;
  correct: number;
  order: string;
  right: string;
}

export interface Estimate {
  value: number;
  low: number;
  high: number;
  /** The groups that the estimate counts, where every one of them tells its images. */
  images?: Images[];
}

/** How many images both, only the first, only the second or none got right; null unless both speak of the same images. */
function pairsOf(a: Images[] | undefined, b: Images[] | undefined): [number, number, number, number] | null {
  if (a === undefined || b === undefined || a.length !== b.length || a.length === 0) return null;
  const counts: [number, number, number, number] = [0, 0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    if (x.order !== y.order || x.n !== y.n || !agrees(x) || !agrees(y)) return null;
    const first = atob(x.right),
      second = atob(y.right);
    for (let k = 0; k < x.n; k++) counts[(isRight(first, k) ? 0 : 2) + (isRight(second, k) ? 0 : 1)]! += 1;
  }
  return counts;
}

const isRight = (bits: string, k: number): boolean => ((bits.charCodeAt(k >> 3) >> (k & 7)) & 1) === 1;

/** Bits that contradict the counts beside them, in a file that was edited, are not believed. */
function agrees(images: Images): boolean {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(images.right) || images.right.length !== 4 * Math.ceil(Math.ceil(images.n / 8) / 3)) return false;
  const bits = atob(images.right);
  let right = 0;
  for (let k = 0; k < images.n; k++) right += isRight(bits, k) ? 1 : 0;
  return right === images.correct;
}

/** The correlation of two models' answers, with Newcombe's continuity correction; 0 when their images are not known to be the same. */
function correlation(a: Estimate, b: Estimate): number {
  const pairs = pairsOf(a.images, b.images);
  if (pairs === null) return 0;
  const [both, first, second, none] = pairs;
  const product = (both + first) * (second + none) * (both + second) * (first + none);
  const excess = both * none - first * second;
  const corrected = excess > 0 ? Math.max(excess - (both + first + second + none) / 2, 0) : excess;
  return product > 0 ? corrected / Math.sqrt(product) : 0;
}

/**
 * a - b, its interval recovered from the two intervals by squaring and adding (Zou, Huang and Zhang 2009). With Wilson's
 * intervals of two proportions it is Newcombe's hybrid score interval: for the same images, compared one by one, that for pairs
 * (Newcombe 1998, Statistics in Medicine 17:2635, method 10), else that for independent proportions (17:873, method 10).
 */
export function subtract(a: Estimate, b: Estimate): Difference {
  const value = a.value - b.value,
    phi = correlation(a, b);
  const add = (x: number, y: number): number => Math.sqrt(Math.max(0, x * x - 2 * phi * x * y + y * y));
  return {
    value,
    low: value - add(a.value - a.low, b.high - b.value),
    high: value + add(a.high - a.value, b.value - b.low),
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
