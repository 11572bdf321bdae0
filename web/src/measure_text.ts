// measure_text.ts - a measured number with what surrounds it: its interval, its difference from another, its picture.
import { h, svg, type Child } from "./dom";
import { inline, percent, pointRange, points, range, size } from "./format";
import type { Metric } from "./report";
import type { Difference, Estimate } from "./statistics";

type Spread = Estimate & { spread: "interval" | "seeds" };

/** "37.2% [32.1, 42.6]"; with seeds "(seeds 35.0 to 39.1)". */
export function measured(m: Spread | null): string {
  return m === null ? "no data" : `${percent(m.value)} ${spreadText(m)}`.trimEnd();
}

/** Nothing where the file holds no interval. */
export function spreadText(m: Spread): string {
  if (Number.isNaN(m.low) || Number.isNaN(m.high)) return "";
  return m.spread === "interval" ? range(m.low, m.high) : `(seeds ${size(m.low)} to ${size(m.high)})`;
}

export function gapText(gap: Spread | null): string {
  return gap === null ? "no data" : `${size(gap.value)} points ${spreadText(gap)}`.trimEnd();
}

export function differenceText(d: Difference | null): string {
  return d === null ? "–" : `${points(d.value)} points ${differenceSpread(d)}`.trimEnd();
}

function differenceSpread(d: Difference): string {
  if (Number.isNaN(d.low) || Number.isNaN(d.high)) return "";
  return d.spread === "interval" ? pointRange(d.low, d.high) : `(seeds ${points(d.low)} to ${points(d.high)})`;
}

export function metricLabel(metric: Metric): string {
  return metric.kind === "accuracy" ? "accuracy" : `${metric.kind} of ${inline(metric.class)}`;
}

/** Better, worse, or neither beyond doubt? With seeds: only when every seed says so. */
export function direction(d: Difference | null): "up" | "down" | "unclear" {
  if (d === null) return "unclear";
  return d.low > 0 ? "up" : d.high < 0 ? "down" : "unclear";
}

/** A cell of a table: the number, its interval smaller beside it. */
export function measureCell(m: Spread | null): Child {
  if (m === null) return h("span", { class: "muted" }, "no data");
  return [percent(m.value), " ", h("span", { class: "interval" }, spreadText(m))];
}

export function differenceCell(d: Difference | null): Child {
  if (d === null) return h("span", { class: "muted" }, "–");
  return [points(d.value), " ", h("span", { class: "interval" }, differenceSpread(d))];
}

export function gapCell(gap: Spread | null): Child {
  if (gap === null) return h("span", { class: "muted" }, "no data");
  return [size(gap.value), " ", h("span", { class: "interval" }, spreadText(gap))];
}

export interface StripMark extends Estimate {
  color: string;
  symbol: "circle" | "diamond";
}

/** A line from 0 to 1 with a mark and its interval for each entry. The words beside it say the same. */
export function strip(marks: StripMark[]): SVGElement {
  const rows = marks.length;
  const height = 10 + 12 * rows;
  const at = (x: number): string => `${(100 * Math.min(1, Math.max(0, x))).toFixed(2)}%`;
  const drawing = svg("svg", { class: "strip", width: "100%", height, "aria-hidden": "true" });
  for (const tick of [0, 0.25, 0.5, 0.75, 1])
    drawing.append(svg("line", { x1: at(tick), x2: at(tick), y1: 0, y2: height, class: "strip-tick" }));
  marks.forEach((mark, i) => {
    const y = 11 + 12 * i;
    if (!Number.isNaN(mark.low) && !Number.isNaN(mark.high)) {
      const line = svg("line", {
        x1: at(mark.low),
        x2: at(mark.high),
        y1: y,
        y2: y,
        "stroke-width": 3,
        "stroke-linecap": "round",
      });
      line.style.stroke = mark.color;
      drawing.append(line);
    }
    const dot =
      mark.symbol === "circle"
        ? svg("circle", { cx: at(mark.value), cy: y, r: 4.5 })
        : svg("svg", { x: at(mark.value), y, overflow: "visible" }, svg("path", { d: "M0,-6.5L5.5,0L0,6.5L-5.5,0Z" }));
    dot.style.fill = mark.color;
    drawing.append(dot);
  });
  return drawing;
}
