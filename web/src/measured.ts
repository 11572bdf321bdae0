// measured.ts - what the sections about numbers and masks share: which results have a head, and how a mean is written.
import { h, type Child } from "./dom";
import type { Mean, Results } from "./results";

/** A head as one result measured it. */
export interface Measured<Head> {
  results: Results;
  label: string;
  head: Head;
}

/** The results of every head of that name, in order; labels are unique. */
export function byHead<Head extends { head: string }>(
  all: Results[],
  heads: (r: Results) => Head[] | undefined,
): { name: string; list: Measured<Head>[] }[] {
  const found = new Map<string, Measured<Head>[]>();
  const names = all.map((r) => r.name);
  for (const results of all)
    for (const head of heads(results) ?? []) {
      const label = names.indexOf(results.name) === names.lastIndexOf(results.name) ? results.name : `${results.name} (${results.id})`;
      found.set(head.head, [...(found.get(head.head) ?? []), { results, label, head }]);
    }
  return [...found].map(([name, list]) => ({ name, list }));
}

export const fixed = (x: number | null | undefined, digits = 2): string =>
  x === null || x === undefined || !Number.isFinite(x) ? "–" : x.toFixed(digits).replace("-", "\u2212");

/** "6.21 [5.90, 6.52]" */
export function meanCell(mean: Mean | null, digits = 2): Child {
  if (mean === null) return h("span", { class: "muted" }, "no data");
  const { interval } = mean;
  return [
    fixed(mean.value, digits),
    interval === null
      ? null
      : [" ", h("span", { class: "interval" }, `[${fixed(interval.low, digits)}, ${fixed(interval.high, digits)}]`)],
  ];
}

export const ENOUGH = { ok: "yes", few: "few: read the interval", none: "no images" };
