// chart.ts - the frame around every chart: heading, description for those who cannot see it, legend, the chart drawn to the
// width at hand, and the same numbers as a table.
import type * as Plot from "@observablehq/plot";
import * as d3 from "d3";
import { freshId, h, name, svg, type Child } from "./dom";
import { percent } from "./format";
import type { Entry } from "./report";

export interface ChartOptions {
  title: string;
  /** What the chart shows and how to read it; read aloud in its place. */
  description: string;
  /** Draws for a width in CSS pixels. */
  draw: (width: number) => Element;
  legend?: HTMLElement | null;
  /** The numbers of the chart, folded away; or a sentence that says where they stand. */
  table: HTMLElement | string;
  note?: Child;
}

/** Options that all Plot charts share. */
export function plotStyle(width: number): { width: number; style: Record<string, string>; className: string } {
  return {
    width,
    className: "chart",
    style: { fontFamily: "inherit", fontSize: "12px", color: "var(--ink-soft)", background: "none", overflow: "visible" },
  };
}

export const gridLines = { stroke: "var(--grid)", strokeOpacity: 1 };

export const percentTicks =
  (digits = 0) =>
  (value: number): string =>
    percent(value, digits);

/** Colour and symbol of each entry, by its label. */
export function entryScales(entries: Entry[]): Pick<Plot.PlotOptions, "color" | "symbol"> {
  const domain = entries.map((e) => e.label);
  return { color: { domain, range: entries.map((e) => e.color) }, symbol: { domain, range: entries.map((e) => e.symbol) } };
}

/** The look of a tooltip. */
export const tipStyle = { lineHeight: 1.4, textPadding: 9, fontSize: 12 };

const redraw = new ResizeObserver((changes) => {
  for (const change of changes) drawn.get(change.target)?.(change.contentRect.width);
});
const drawn = new WeakMap<Element, (width: number) => void>();

export function chartFigure(options: ChartOptions): HTMLElement {
  const area = h("div", { class: "chart-area" });
  const descriptionId = freshId("description");
  let last = 0;
  const paint = (width: number): void => {
    if (width < 1 || Math.abs(width - last) < 3) return;
    last = width;
    const drawing = options.draw(Math.floor(width));
    const image = drawing instanceof SVGSVGElement ? drawing : drawing.querySelector("svg");
    image?.setAttribute("role", "img");
    image?.setAttribute("aria-label", options.title);
    image?.setAttribute("aria-describedby", descriptionId);
    for (const mark of drawing.querySelectorAll("g[aria-label]")) {
      /* the picture has one name; names of its parts are not allowed */
      mark.setAttribute("data-mark", mark.getAttribute("aria-label") ?? "");
      mark.removeAttribute("aria-label");
    }
    area.replaceChildren(drawing);
  };
  drawn.set(area, paint);
  redraw.observe(area);
  return h(
    "figure",
    { class: "chart-block" },
    h("figcaption", {}, h("h3", {}, options.title), h("p", { class: "description", id: descriptionId }, options.description)),
    options.legend,
    area,
    options.note ? h("p", { class: "note" }, options.note) : null,
    typeof options.table === "string"
      ? h("p", { class: "note" }, options.table)
      : h(
          "details",
          { class: "numbers" },
          h("summary", {}, "The same numbers as a table", h("span", { class: "visually-hidden" }, `: ${options.title}`)),
          options.table,
        ),
  );
}

const SYMBOLS: Record<string, d3.SymbolType> = {
  circle: d3.symbolCircle,
  diamond: d3.symbolDiamond,
  triangle: d3.symbolTriangle,
  square: d3.symbolSquare,
  star: d3.symbolStar,
  wye: d3.symbolWye,
  cross: d3.symbolCross,
};

export function symbolIcon(symbol: string, color: string): SVGElement {
  const path = svg("path", { d: d3.symbol(SYMBOLS[symbol] ?? d3.symbolCircle, 60)(), transform: "translate(7,7)" });
  path.style.fill = color;
  return svg("svg", { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true", class: "icon" }, path);
}

export function lineIcon(color: string, dash: string | null, width = 2.5): SVGElement {
  const line = svg("line", { x1: 0, x2: 26, y1: 7, y2: 7, "stroke-width": width, "stroke-dasharray": dash });
  line.style.stroke = color;
  return svg("svg", { width: 26, height: 14, viewBox: "0 0 26 14", "aria-hidden": "true", class: "icon" }, line);
}

export function legend(items: { icon: SVGElement; label: string; note?: string }[]): HTMLElement {
  return h(
    "ul",
    { class: "legend" },
    items.map((item) =>
      h("li", {}, item.icon, name(item.label), item.note ? h("span", { class: "muted" }, ` ${item.note}`) : null),
    ),
  );
}

/** Moves labels apart that would lie on each other; returns their new places in the order given. */
export function spread(places: number[], least: number, low: number, high: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const out = [...places];
  for (let round = 0; round < 60; round++) {
    for (let k = 1; k < order.length; k++) {
      const a = order[k - 1]!;
      const b = order[k]!;
      const lack = least - (out[b]! - out[a]!);
      if (lack > 0) {
        out[a] = out[a]! - lack / 2;
        out[b] = out[b]! + lack / 2;
      }
    }
    for (let i = 0; i < out.length; i++) out[i] = Math.min(high, Math.max(low, out[i]!));
  }
  return out;
}

/** The lower end of an axis of proportions that ends at 1: low enough for the data, no lower than it needs. */
export function axisStart(lowest: number): number {
  for (const start of [0.98, 0.95, 0.9, 0.8, 0.6, 0.5]) if (lowest >= start + 0.01 * (1 - start)) return start;
  return 0;
}
