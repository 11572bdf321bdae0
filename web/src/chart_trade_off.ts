// chart_trade_off.ts - the worst group's accuracy against the accuracy over all images, a mark for each entry.
import * as Plot from "@observablehq/plot";
import { entryScales, gridLines, percentTicks, plotStyle, tipStyle } from "./chart";
import { inline, shorten } from "./format";
import { measured } from "./measure_text";
import { overall, worstGroup, type Entry, type Report } from "./report";

interface Spot {
  entry: Entry;
  label: string;
  x: number;
  y: number;
  x1: number;
  x2: number;
  y1: number;
  y2: number;
  title: string;
}

function readSpots(report: Report): Spot[] {
  return report.entries.flatMap((entry) => {
    const all = overall(entry);
    const worst = worstGroup(entry);
    if (all === null || worst === null) return [];
    const title = `${inline(entry.label)}\nall images: ${measured(all)}\nworst group: ${measured(worst)}`;
    return [
      {
        entry,
        label: entry.label,
        x: all.value,
        y: worst.value,
        x1: all.low,
        x2: all.high,
        y1: worst.low,
        y2: worst.high,
        title,
      },
    ];
  });
}

/** The mark's name beside it, on the side where there is room. */
function nameOf(spot: Spot, middle: number): Plot.Markish {
  const left = spot.x > middle;
  return Plot.text([spot], {
    x: "x",
    y: "y",
    text: () => shorten(spot.label, 18),
    dx: left ? -10 : 10,
    dy: -10,
    textAnchor: left ? "end" : "start",
    fill: "var(--ink)",
    fontWeight: 600,
    stroke: "var(--surface)",
    strokeWidth: 4,
  });
}

function arrows(spots: Spot[]): Plot.Markish | null {
  const from = spots.find((spot) => spot.entry.isBaseline);
  if (from === undefined) return null;
  const others = spots.filter((spot) => spot !== from);
  return Plot.arrow(others, {
    x1: from.x,
    y1: from.y,
    x2: "x",
    y2: "y",
    stroke: "var(--ink-faint)",
    strokeWidth: 1,
    inset: 10,
    headLength: 7,
    bend: 8,
  });
}

export function drawTradeOff(report: Report, width: number): Element {
  const spots = readSpots(report);
  const low = Math.min(...spots.map((s) => s.x1));
  const high = Math.max(...spots.map((s) => s.x2));
  const pad = Math.max(0.01, (high - low) * 0.2);
  const xs: [number, number] = [Math.max(0, low - pad), Math.min(1, high + pad)];
  const ys = [Math.max(0, Math.min(...spots.map((s) => s.y1)) - 0.08), Math.min(1, Math.max(...spots.map((s) => s.y2)) + 0.08)];
  const digits = xs[1] - xs[0] < 0.06 ? 1 : 0;
  return Plot.plot({
    ...plotStyle(width),
    ...entryScales(report.entries),
    height: 330,
    marginTop: 28,
    marginBottom: 40,
    marginLeft: 44,
    marginRight: 16,
    x: {
      domain: xs,
      label: "accuracy over all images →",
      labelAnchor: "right",
      labelArrow: "none",
      tickFormat: percentTicks(digits),
      ticks: 5,
    },
    y: { domain: ys, label: "↑ accuracy of the worst group", labelArrow: "none", tickFormat: percentTicks(), ticks: 6 },
    marks: [
      Plot.gridX({ ticks: 5, ...gridLines }),
      Plot.gridY({ ticks: 6, ...gridLines }),
      arrows(spots),
      Plot.ruleY(spots, { y: "y", x1: "x1", x2: "x2", stroke: "label", strokeWidth: 1.75 }),
      Plot.ruleX(spots, { x: "x", y1: "y1", y2: "y2", stroke: "label", strokeWidth: 1.75 }),
      Plot.dot(spots, { x: "x", y: "y", fill: "label", symbol: "label", r: 6, stroke: "var(--surface)" }),
      ...spots.map((spot) => nameOf(spot, (xs[0] + xs[1]) / 2)),
      Plot.tip(spots, Plot.pointer({ x: "x", y: "y", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}
