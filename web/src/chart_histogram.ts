// chart_histogram.ts - a column of numbers in steps, a row of bars for each group.
import * as Plot from "@observablehq/plot";
import { gridLines, plotStyle, tipStyle } from "./chart";
import { inline, percent, plural, shorten } from "./format";
import type { Histogram } from "./results";

export const MOST_GROUPS = 12;

interface Bar {
  row: string;
  x1: number;
  x2: number;
  share: number;
  title: string;
}

/** Groups with numbers, in their order, no more than fit. */
export function shownRows(histogram: Histogram): number[] {
  return histogram.rows.flatMap((row, i) => (row.counts.some((n) => n > 0) ? [i] : [])).slice(0, MOST_GROUPS);
}

/** Bars are shares of the group, for groups differ in size; every row has the same scale. */
export function drawHistogram(histogram: Histogram, names: string[], width: number): Element {
  const rows = shownRows(histogram);
  const bars = rows.flatMap((i): Bar[] => {
    const { counts } = histogram.rows[i]!;
    const total = counts.reduce((s, n) => s + n, 0);
    return counts.flatMap((n, k) =>
      n === 0
        ? []
        : [
            {
              row: String(i),
              x1: histogram.edges[k]!,
              x2: histogram.edges[k + 1]!,
              share: n / total,
              title: `${inline(names[i]!)}\n${inline(histogram.column)} ${histogram.names[k] ?? ""}\n${plural(n, "image")} (${percent(n / total)})`,
            },
          ],
    );
  });
  const highest = Math.max(...bars.map((bar) => bar.share), 0.01);
  return Plot.plot({
    ...plotStyle(width),
    height: rows.length * (rows.length > 1 ? 64 : 150) + 46,
    marginTop: 6,
    marginBottom: 38,
    marginLeft: 12,
    marginRight: 12,
    x: { label: shorten(histogram.column, 40), labelAnchor: "center", labelArrow: "none" },
    y: { domain: [0, highest * 1.35], axis: null },
    fy: { domain: rows.map(String), axis: null, padding: 0.1 },
    marks: [
      Plot.gridX({ ...gridLines }),
      Plot.ruleY([0], { stroke: "var(--grid)" }),
      Plot.rect(bars, { fy: "row", x1: "x1", x2: "x2", y1: 0, y2: "share", insetLeft: 0.5, insetRight: 0.5, fill: "var(--series-1)" }),
      Plot.text(rows, {
        fy: String,
        text: (i: number) => shorten(names[i]!, width < 560 ? 34 : 60),
        frameAnchor: "top-left",
        dy: 1,
        fill: "var(--ink)",
        fontSize: 13,
        fontWeight: 600,
      }),
      Plot.tip(bars, Plot.pointerX({ fy: "row", x: (bar: Bar) => (bar.x1 + bar.x2) / 2, y: "share", title: "title", ...tipStyle })),
    ],
  });
}
