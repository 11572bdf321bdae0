// chart_dots.ts - a row a group: its number with its interval, a mark for each entry. Rows with few or no images are hatched.
import * as Plot from "@observablehq/plot";
import { axisStart, entryScales, gridLines, percentTicks, plotStyle, tipStyle } from "./chart";
import { freshId, svg } from "./dom";
import { count, inline, plural, shorten } from "./format";
import { measured, metricLabel } from "./measure_text";
import { groupMeasure, type Entry, type Measure, type Metric, type Report } from "./report";

interface Mark {
  entry: Entry;
  y: number;
  m: Measure;
  title: string;
}

interface Row {
  y: number;
  label: string;
  note: string;
}

interface Layout {
  marks: Mark[];
  rows: Row[];
  hatched: { y1: number; y2: number }[];
  lines: number[];
  height: number;
}

/** Lines between 45° strokes: says "distrust" without any colour. */
function hatch(id: string): SVGElement {
  return svg(
    "defs",
    {},
    svg(
      "pattern",
      { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("line", { x1: 0, x2: 0, y1: 0, y2: 7, class: "hatch-line" }),
    ),
  );
}

function noteOf(report: Report, group: number, metric: Metric): string {
  const { verdict } = report.baseline.runs[0]!.evaluation.groups[group]!;
  const n = groupMeasure(report.baseline, group, metric)?.n ?? 0;
  if (verdict === "none") return "no images";
  return n === 0 ? "no data" : `n = ${count(n)}${verdict === "few" ? ", few" : ""}`;
}

/** Where everything stands, in pixels from the top. On a narrow page the names stand above their marks. */
function layOut(report: Report, metric: Metric, order: number[], narrow: boolean): Layout {
  const { entries } = report;
  const head = narrow ? 18 : 0;
  const free = Math.max(34, 14 + 15 * entries.length);
  const step = free + head;
  const out: Layout = { marks: [], rows: [], hatched: [], lines: [], height: order.length * step };
  order.forEach((group, row) => {
    const top = row * step;
    const label = report.groups[group]!.name;
    if (row > 0) out.lines.push(top);
    if (report.baseline.runs[0]!.evaluation.groups[group]!.verdict !== "ok")
      out.hatched.push({ y1: top + 1, y2: top + step - 1 });
    out.rows.push({ y: narrow ? top + 13 : top + free / 2, label, note: noteOf(report, group, metric) });
    entries.forEach((entry, i) => {
      const m = groupMeasure(entry, group, metric);
      if (m === null) return;
      const title = `${inline(label)}\n${inline(entry.label)}: ${measured(m)}\n${plural(m.n, "image")}`;
      out.marks.push({ entry, m, title, y: top + head + (free * (i + 1)) / (entries.length + 1) });
    });
  });
  return out;
}

export function drawDots(report: Report, metric: Metric, order: number[], width: number): Element {
  const narrow = width < 560;
  const { marks, rows, hatched, lines, height } = layOut(report, metric, order, narrow);
  const start = axisStart(Math.min(1, ...marks.map((mark) => mark.m.low)));
  const ticks = narrow ? 4 : 8;
  const hatchId = freshId("hatch");
  const entry = (mark: Mark): string => mark.entry.label;
  const drawing = Plot.plot({
    ...plotStyle(width),
    ...entryScales(report.entries),
    height: height + 44,
    marginTop: 6,
    marginBottom: 38,
    marginLeft: narrow ? 8 : Math.min(230, width * 0.32),
    marginRight: narrow ? 14 : 92,
    x: {
      domain: [start, 1],
      label: metricLabel(metric),
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: percentTicks(),
      ticks,
    },
    y: { domain: [0, height], range: [6, height + 6], axis: null },
    marks: [
      Plot.gridX({ ticks, ...gridLines }),
      Plot.ruleY(lines, { stroke: "var(--grid)" }),
      Plot.rect(hatched, { x1: start, x2: 1, y1: "y1", y2: "y2", fill: `url(#${hatchId})` }),
      Plot.ruleY(marks, {
        y: "y",
        x1: (mark: Mark) => mark.m.low,
        x2: (mark: Mark) => mark.m.high,
        stroke: entry,
        strokeWidth: 2.5,
        strokeLinecap: "round",
      }),
      Plot.dot(marks, {
        y: "y",
        x: (mark: Mark) => mark.m.value,
        fill: entry,
        symbol: entry,
        r: 5.5,
        stroke: "var(--surface)",
        strokeWidth: 1,
      }),
      Plot.text(rows, {
        y: "y",
        x: start,
        text: (row: Row) => shorten(row.label, narrow ? 32 : 30),
        textAnchor: narrow ? "start" : "end",
        dx: narrow ? 0 : -12,
        fill: "var(--ink)",
        fontSize: 13,
        fontWeight: 600,
      }),
      Plot.text(rows, {
        y: "y",
        x: 1,
        text: "note",
        textAnchor: narrow ? "end" : "start",
        dx: narrow ? 0 : 12,
        fill: "var(--ink-soft)",
      }),
      Plot.tip(marks, Plot.pointer({ x: (mark: Mark) => mark.m.value, y: "y", title: "title", maxRadius: 30, ...tipStyle })),
    ],
  });
  drawing.prepend(hatch(hatchId));
  return drawing;
}
