// chart_scores.ts - the scores of every group as bars: upwards the images of the class, downwards the others.
import * as Plot from "@observablehq/plot";
import { gridLines, percentTicks, plotStyle, tipStyle } from "./chart";
import { inline, percent, plural, shorten } from "./format";
import { worstFirst, type Report } from "./report";
import type { ScoreHistogram } from "./results";

const MOST_GROUPS = 16;

export interface Scores {
  group: number;
  of: number[];
  others: number[];
  n: number;
  nOthers: number;
}

/** The groups with scores, the baseline's worst first, no more than fit on a page. */
export function readScores(report: Report, histogram: ScoreHistogram): Scores[] {
  const add = (list: number[][]): number[] =>
    Array.from({ length: histogram.bins }, (_, b) => list.reduce((s, counts) => s + (counts[b] ?? 0), 0));
  const total = (counts: number[]): number => counts.reduce((s, x) => s + x, 0);
  return worstFirst(report)
    .map((group) => {
      const rows = histogram.rows.filter((row) => row.group === group);
      const of = add(rows.filter((row) => row.truth === histogram.class).map((row) => row.counts));
      const others = add(rows.filter((row) => row.truth !== histogram.class).map((row) => row.counts));
      return { group, of, others, n: total(of), nOthers: total(others) };
    })
    .filter((s) => s.n + s.nOthers > 0)
    .slice(0, MOST_GROUPS);
}

interface Bar {
  group: string;
  x1: number;
  x2: number;
  y: number;
  kind: "of" | "others";
  title: string;
}

/** Each kind is scaled to its own highest bar, for a group has many more of the one than of the other. */
function barsOf(report: Report, histogram: ScoreHistogram, scores: Scores, kind: Bar["kind"]): Bar[] {
  const counts = scores[kind];
  const total = kind === "of" ? scores.n : scores.nOthers;
  const highest = Math.max(...counts, 1);
  const whose = `${kind === "of" ? "" : "not "}${inline(histogram.class)}`;
  return counts.flatMap((n, bin) => {
    if (n === 0) return [];
    const x1 = bin / histogram.bins;
    const x2 = (bin + 1) / histogram.bins;
    const title = [
      inline(report.groups[scores.group]!.name),
      `probability ${percent(x1, 0)} to ${percent(x2, 0)}`,
      `${plural(n, "image")} (${percent(n / total)} of those that are ${whose})`,
    ].join("\n");
    return [{ group: String(scores.group), x1, x2, y: ((kind === "of" ? 1 : -1) * n) / highest, kind, title }];
  });
}

export function drawScores(report: Report, histogram: ScoreHistogram, scores: Scores[], bin: number, width: number): Element {
  const of = scores.flatMap((s) => barsOf(report, histogram, s, "of"));
  const others = scores.flatMap((s) => barsOf(report, histogram, s, "others"));
  const rectangle = { fy: "group", x1: "x1", x2: "x2", y1: 0, y2: "y", insetLeft: 0.5, insetRight: 0.5 };
  return Plot.plot({
    ...plotStyle(width),
    height: scores.length * 84 + 50,
    marginTop: 8,
    marginBottom: 40,
    marginLeft: 12,
    marginRight: 12,
    x: {
      domain: [0, 1],
      label: `probability given to ${inline(histogram.class)}`,
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: percentTicks(),
    },
    y: { domain: [-1.05, 1.3], axis: null },
    fy: { domain: scores.map((s) => String(s.group)), axis: null, padding: 0.12 },
    marks: [
      Plot.gridX(gridLines),
      Plot.ruleY([0], { stroke: "var(--edge)" }),
      Plot.rect(of, { ...rectangle, fill: "var(--series-1)" }),
      Plot.rect(others, { ...rectangle, fill: "var(--series-2)" }),
      Plot.ruleX([bin / histogram.bins], { stroke: "var(--ink)", strokeWidth: 1.5, strokeDasharray: "4 3" }),
      Plot.text(scores, {
        fy: (s: Scores) => String(s.group),
        frameAnchor: "top-left",
        text: (s: Scores) => shorten(report.groups[s.group]!.name, Math.floor(width / 9)),
        fill: "var(--ink)",
        fontSize: 13,
        fontWeight: 600,
        stroke: "var(--surface)",
        strokeWidth: 4,
      }),
      Plot.tip(
        [...of, ...others],
        Plot.pointer({
          fy: "group",
          x: (b: Bar) => (b.x1 + b.x2) / 2,
          y: (b: Bar) => b.y / 2,
          title: "title",
          maxRadius: 30,
          ...tipStyle,
        }),
      ),
    ],
  });
}
