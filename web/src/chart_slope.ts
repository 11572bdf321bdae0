// chart_slope.ts - a line a group from the baseline to every method.
import * as Plot from "@observablehq/plot";
import { axisStart, gridLines, percentTicks, plotStyle, spread, tipStyle } from "./chart";
import { inline, shorten } from "./format";
import { measured } from "./measure_text";
import { groupMeasure, type Report } from "./report";
import { groupSeries, type Series } from "./series";

interface Point {
  entry: string;
  value: number;
  title: string;
}

interface Line extends Series {
  points: Point[];
}

const HEIGHT = 330;
const TOP = 12;
const BOTTOM = 34;

function readLines(report: Report): Line[] {
  const pointsOf = (series: Series): Point[] =>
    report.entries.flatMap((entry) => {
      const m = groupMeasure(entry, series.group);
      if (m === null) return [];
      return [{ entry: entry.label, value: m.value, title: `${inline(series.label)}\n${inline(entry.label)}: ${measured(m)}` }];
    });
  return groupSeries(report)
    .map((series) => ({ ...series, points: pointsOf(series) }))
    .filter((line) => line.points.length > 0);
}

/** The names at the right end, moved apart. */
function endLabels(lines: Line[], start: number, room: number): Plot.Markish[] {
  const named = lines.filter((line) => line.named);
  const places = named.map((line) => TOP + ((1 - line.points.at(-1)!.value) / (1 - start)) * (HEIGHT - TOP - BOTTOM));
  const apart = spread(places, 15, TOP, HEIGHT - BOTTOM);
  return named.map((line, i) =>
    Plot.text([line.points.at(-1)!], {
      x: "entry",
      y: "value",
      dx: 12,
      dy: apart[i]! - places[i]!,
      text: () => shorten(line.label, Math.floor(room / 7)),
      textAnchor: "start",
      fill: "var(--ink)",
    }),
  );
}

export function drawSlope(report: Report, width: number): Element {
  const { entries } = report;
  const lines = readLines(report);
  const longest = Math.max(0, ...lines.filter((line) => line.named).map((line) => line.label.length));
  const room = width > 420 ? Math.min(7.2 * longest + 22, 170, width * 0.34) : 16;
  const start = axisStart(Math.min(1, ...lines.flatMap((line) => line.points.map((p) => p.value))));
  const letters = Math.max(6, Math.floor(width / entries.length / 9));
  return Plot.plot({
    ...plotStyle(width),
    height: HEIGHT,
    marginTop: TOP,
    marginBottom: BOTTOM,
    marginLeft: 44,
    marginRight: room,
    x: {
      type: "point",
      domain: entries.map((e) => e.label),
      label: null,
      padding: 0.15,
      tickFormat: (label: string) => shorten(label, letters),
    },
    y: { domain: [start, 1], label: null, tickFormat: percentTicks(), ticks: 6 },
    marks: [
      Plot.gridY({ ticks: 6, ...gridLines }),
      ...lines.flatMap(({ points, named, color, dash, symbol }) => [
        Plot.line(points, {
          x: "entry",
          y: "value",
          stroke: color,
          strokeWidth: named ? 2.25 : 1.25,
          ...(dash === null ? {} : { strokeDasharray: dash }),
        }),
        Plot.dot(points, { x: "entry", y: "value", fill: color, symbol, r: named ? 5 : 3 }),
      ]),
      ...(width > 420 ? endLabels(lines, start, room) : []),
      Plot.tip(
        lines.flatMap((line) => line.points),
        Plot.pointer({ x: "entry", y: "value", title: "title", maxRadius: 40, ...tipStyle }),
      ),
    ],
  });
}
