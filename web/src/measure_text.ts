// measure_text.ts - a measured number with what surrounds it: its interval, its difference from another, its picture.
import { h, svg, type Child } from "./dom";
import { percent, pointRange, points, range, size } from "./format";
import type { Gap, Measure } from "./report";
import type { Difference } from "./statistics";

/** "37.2% [32.1, 42.6]"; with seeds "(seeds 35.0 to 39.1)". */
export function measured(m: Measure | null): string {
  if (m === null) return "no data";
  return `${percent(m.value)} ${spreadText(m)}`;
}

export function spreadText(m: { low: number; high: number; spread: "interval" | "seeds" }): string {
  return m.spread === "interval" ? range(m.low, m.high) : `(seeds ${size(m.low)} to ${size(m.high)})`;
}

export function gapText(gap: Gap | null): string {
  if (gap === null) return "no data";
  const value = `${size(gap.value)} points`;
  return gap.low === null || gap.high === null ? value : `${value} ${spreadText({ low: gap.low, high: gap.high, spread: gap.spread })}`;
}

export function differenceText(d: Difference | null): string {
  if (d === null) return "–";
  return `${points(d.value)} points ${differenceSpread(d)}`;
}

function differenceSpread(d: Difference): string {
  return d.spread === "interval" ? pointRange(d.low, d.high) : `(seeds ${points(d.low)} to ${points(d.high)})`;
}

/** Better, worse, or neither beyond doubt? With seeds: only when every seed says so. */
export function direction(d: Difference | null): "up" | "down" | "unclear" {
  if (d === null) return "unclear";
  return d.low > 0 ? "up" : d.high < 0 ? "down" : "unclear";
}

/** A cell of a table: the number, its interval smaller beside it. */
export function measureCell(m: Measure | null): Child {
  if (m === null) return h("span", { class: "muted" }, "no data");
  return [percent(m.value), " ", h("span", { class: "interval" }, spreadText(m))];
}

export function differenceCell(d: Difference | null): Child {
  if (d === null) return h("span", { class: "muted" }, "–");
  return [points(d.value), " ", h("span", { class: "interval" }, differenceSpread(d))];
}

export function gapCell(gap: Gap | null): Child {
  if (gap === null) return h("span", { class: "muted" }, "no data");
  if (gap.low === null || gap.high === null) return size(gap.value);
  return [size(gap.value), " ", h("span", { class: "interval" }, spreadText({ low: gap.low, high: gap.high, spread: gap.spread }))];
}

export interface StripMark { low: number | null; high: number | null; value: number; color: string; symbol: "circle" | "diamond" }

/** A line from 0 to 1 with a mark and its interval for each entry. The words beside it say the same. */
export function strip(marks: StripMark[]): SVGElement {
  const rows = marks.length, height = 10 + 12 * rows;
  const at = (x: number): string => `${(100 * Math.min(1, Math.max(0, x))).toFixed(2)}%`;
  const drawing = svg("svg", { class: "strip", width: "100%", height, "aria-hidden": "true" });
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) drawing.append(svg("line", { x1: at(tick), x2: at(tick), y1: 0, y2: height, class: "strip-tick" }));
  marks.forEach((mark, i) => {
    const y = 11 + 12 * i;
    if (mark.low !== null && mark.high !== null) {
      const line = svg("line", { x1: at(mark.low), x2: at(mark.high), y1: y, y2: y, "stroke-width": 3, "stroke-linecap": "round" });
      line.style.stroke = mark.color;
      drawing.append(line);
    }
    const dot = mark.symbol === "circle" ? svg("circle", { cx: at(mark.value), cy: y, r: 4.5 })
      : svg("svg", { x: at(mark.value), y, overflow: "visible" }, svg("path", { d: "M0,-6.5L5.5,0L0,6.5L-5.5,0Z" }));
    dot.style.fill = mark.color;
    drawing.append(dot);
  });
  return drawing;
}
