// section_comparison.ts - the baseline against every method: what each gains for the worst group, and what it costs.
import * as Plot from "@observablehq/plot";
import { axisStart, chartFigure, legend, lineIcon, plotStyle, spread, symbolIcon, tipStyle } from "./chart";
import { h, name } from "./dom";
import { inline, percent, points, shorten } from "./format";
import { differenceCell, direction, gapCell, measureCell, measured } from "./measure_text";
import { differ, groupMean, groupMeanOf, groupMeasure, groupOf, largestGap, overall, overallOf, worstFirst, worstGroup, worstGroupIndices, worstOf, type Entry, type Report } from "./report";
import type { Section } from "./section";
import { groupSeries } from "./series";
import { dataTable, type TableColumn } from "./table";

const ARROWS = { up: "▲", down: "▼", unclear: "≈" } as const;
const WORDS = { up: "better", down: "worse", unclear: "no clear difference" } as const;

function comparisonTable(report: Report): HTMLElement {
  const { baseline } = report;
  const change = (of: typeof worstOf, label: string): TableColumn<Entry> => ({
    label, value: (e) => (e.isBaseline ? null : differ(of, e, baseline)?.value ?? null),
    cell: (e) => {
      if (e.isBaseline) return h("span", { class: "muted" }, "baseline");
      const d = differ(of, e, baseline), sense = direction(d);
      if (d === null || Number.isNaN(d.low)) return differenceCell(d);
      return [h("span", { class: `sense ${sense}`, "aria-hidden": "true" }, ARROWS[sense]), " ", differenceCell(d), h("span", { class: "visually-hidden" }, `, ${WORDS[sense]}`)];
    },
  });
  const columns: TableColumn<Entry>[] = [
    { label: "Method", text: true, header: true, value: (e) => e.label, cell: (e) => [symbolIcon(e.symbol, e.color), " ", name(e.label), e.runs.length > 1 ? h("span", { class: "muted" }, ` ${e.runs.length} seeds`) : null] },
    { label: "Worst group", value: (e) => worstGroup(e)?.value ?? null, cell: (e) => [measureCell(worstGroup(e)), h("span", { class: "cell-note" }, worstGroupIndices(e).map((g, i) => [i > 0 ? ", " : "", name(report.groups[g]!.name)]))] },
    change(worstOf, "Change, worst group"),
    { label: "All images", value: (e) => overall(e)?.value ?? null, cell: (e) => measureCell(overall(e)) },
    change(overallOf, "Change, all images"),
    { label: "Mean of groups", value: (e) => groupMean(e)?.value ?? null, cell: (e) => measureCell(groupMean(e)) },
    change(groupMeanOf, "Change, mean"),
    { label: "Largest gap", value: (e) => largestGap(e)?.value ?? null, cell: (e) => gapCell(largestGap(e)) },
  ];
  return dataTable({ caption: "Accuracy of each method, and its change against the baseline in percentage points", columns, rows: report.entries });
}

function drawSlope(report: Report, width: number): Element {
  const series = groupSeries(report), { entries } = report;
  const wide = width > 420, longest = Math.max(...series.filter((s) => s.named).map((s) => s.label.length));
  const room = wide ? Math.min(7.2 * longest + 22, 170, width * 0.34) : 16, height = 330, top = 12, bottom = 34;
  interface Point { entry: Entry; group: number; value: number; title: string }
  const pointsOf = (group: number): Point[] => entries.flatMap((entry) => {
    const m = groupMeasure(entry, group);
    return m === null ? [] : [{ entry, group, value: m.value, title: `${inline(report.groups[group]!.name)}\n${inline(entry.label)}: ${measured(m)}` }];
  });
  const all = series.map((s) => ({ ...s, points: pointsOf(s.group) })).filter((s) => s.points.length > 0);
  const start = axisStart(Math.min(1, ...all.flatMap((s) => s.points.map((p) => p.value))));
  const place = (value: number): number => top + ((1 - value) / (1 - start)) * (height - top - bottom);
  const ends = all.filter((s) => s.named), apart = spread(ends.map((s) => place(s.points.at(-1)!.value)), 15, top, height - bottom);
  return Plot.plot({
    ...plotStyle(width), height, marginTop: top, marginBottom: bottom, marginLeft: 44, marginRight: room,
    x: { type: "point", domain: entries.map((e) => e.label), label: null, padding: 0.15, tickFormat: (label: string) => shorten(label, Math.max(6, Math.floor(width / entries.length / 9))) },
    y: { domain: [start, 1], label: null, tickFormat: (v: number) => percent(v, 0), ticks: 6 },
    marks: [
      Plot.gridY({ ticks: 6, stroke: "var(--grid)", strokeOpacity: 1 }),
      ...all.flatMap((s) => [
        Plot.line(s.points, { x: (p: Point) => p.entry.label, y: "value", stroke: s.color, strokeWidth: s.named ? 2.25 : 1.25, ...(s.dash === null ? {} : { strokeDasharray: s.dash }) }),
        Plot.dot(s.points, { x: (p: Point) => p.entry.label, y: "value", fill: s.color, symbol: s.symbol, r: s.named ? 5 : 3 }),
      ]),
      ...(wide ? ends.map((s, i) => Plot.text([s.points.at(-1)!], {
        x: (p: Point) => p.entry.label, y: "value", dx: 12, dy: apart[i]! - place(s.points.at(-1)!.value), text: () => shorten(s.label, Math.floor(room / 7)), textAnchor: "start", fill: "var(--ink)",
      })) : []),
      Plot.tip(all.flatMap((s) => s.points), Plot.pointer({ x: (p: Point) => p.entry.label, y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}

function drawTradeOff(report: Report, width: number): Element {
  interface Spot { entry: Entry; x: number; y: number; x1: number; x2: number; y1: number; y2: number; title: string }
  const spots = report.entries.flatMap((entry): Spot[] => {
    const all = overall(entry), worst = worstGroup(entry);
    if (all === null || worst === null) return [];
    return [{ entry, x: all.value, y: worst.value, x1: all.low, x2: all.high, y1: worst.low, y2: worst.high, title: `${inline(entry.label)}\nall images: ${measured(all)}\nworst group: ${measured(worst)}` }];
  });
  const low = Math.min(...spots.map((s) => s.x1)), high = Math.max(...spots.map((s) => s.x2)), pad = Math.max(0.01, (high - low) * 0.2);
  const xs: [number, number] = [Math.max(0, low - pad), Math.min(1, high + pad)], middle = (xs[0] + xs[1]) / 2;
  const bottom = Math.max(0, Math.min(...spots.map((s) => s.y1)) - 0.08), top = Math.min(1, Math.max(...spots.map((s) => s.y2)) + 0.08);
  const from = spots.find((s) => s.entry.isBaseline);
  const digits = xs[1] - xs[0] < 0.06 ? 1 : 0;
  return Plot.plot({
    ...plotStyle(width), height: 330, marginTop: 28, marginBottom: 40, marginLeft: 44, marginRight: 16,
    x: { domain: xs, label: "accuracy over all images →", labelAnchor: "right", labelArrow: "none", tickFormat: (v: number) => percent(v, digits), ticks: 5 },
    y: { domain: [bottom, top], label: "↑ accuracy of the worst group", labelArrow: "none", tickFormat: (v: number) => percent(v, 0), ticks: 6 },
    marks: [
      Plot.gridX({ ticks: 5, stroke: "var(--grid)", strokeOpacity: 1 }), Plot.gridY({ ticks: 6, stroke: "var(--grid)", strokeOpacity: 1 }),
      from ? Plot.arrow(spots.filter((s) => s !== from), { x1: from.x, y1: from.y, x2: "x", y2: "y", stroke: "var(--ink-faint)", strokeWidth: 1, inset: 10, headLength: 7, bend: 8 }) : null,
      Plot.ruleY(spots, { y: "y", x1: "x1", x2: "x2", stroke: (s: Spot) => s.entry.label, strokeWidth: 1.75 }),
      Plot.ruleX(spots, { x: "x", y1: "y1", y2: "y2", stroke: (s: Spot) => s.entry.label, strokeWidth: 1.75 }),
      Plot.dot(spots, { x: "x", y: "y", fill: (s: Spot) => s.entry.label, symbol: (s: Spot) => s.entry.label, r: 6, stroke: "var(--surface)" }),
      ...spots.map((s) => Plot.text([s], { x: "x", y: "y", text: () => shorten(s.entry.label, 18), dx: s.x > middle ? -10 : 10, dy: -10, textAnchor: s.x > middle ? "end" : "start", fill: "var(--ink)", fontWeight: 600, stroke: "var(--surface)", strokeWidth: 4 })),
      Plot.tip(spots, Plot.pointer({ x: "x", y: "y", title: "title", maxRadius: 40, ...tipStyle })),
    ],
    color: { domain: report.entries.map((e) => e.label), range: report.entries.map((e) => e.color) },
    symbol: { domain: report.entries.map((e) => e.label), range: report.entries.map((e) => e.symbol) },
  });
}

function slopeTable(report: Report): HTMLElement {
  const { baseline } = report;
  return dataTable({
    caption: "Accuracy of each group with each method, and the change against the baseline in percentage points", rows: worstFirst(report),
    columns: [
      { label: "Group", text: true, header: true, cell: (g: number) => name(report.groups[g]!.name), value: (g: number) => report.groups[g]!.name },
      ...report.entries.flatMap((entry): TableColumn<number>[] => {
        const shown: TableColumn<number> = { label: entry.label, cell: (g) => measureCell(groupMeasure(entry, g)), value: (g) => groupMeasure(entry, g)?.value ?? null };
        if (entry.isBaseline) return [shown];
        const by = (g: number): ReturnType<typeof differ> => differ(groupOf(g), entry, baseline);
        return [shown, { label: `${entry.label} minus ${baseline.label}`, cell: (g) => differenceCell(by(g)), value: (g) => by(g)?.value ?? null }];
      }),
    ],
  });
}

export const comparison: Section = {
  id: "comparison",
  title: "Baseline and methods",
  applies: (report) => report.entries.length > 1,
  render(report, element) {
    const series = groupSeries(report), best = report.best!, d = differ(worstOf, best, report.baseline);
    element.append(
      h("p", { class: "lead" }, "The highest worst-group accuracy is reached by ", name(best.label), d === null ? "." : `: ${points(d.value)} points against the baseline.`, " ",
        h("span", { class: "muted" }, "▲ better, ▼ worse, ≈ unclear: the interval of the difference, or the range of the seeds, includes zero.")),
      h("div", { class: "stacked" }, comparisonTable(report)),
      h("div", { class: "columns" },
        chartFigure({
          title: "Every group, method by method", description: "One line a group. Lines that come together mean that the groups are treated more alike; lines that fall show who pays for it.",
          legend: legend(series.filter((s) => s.named).map((s) => ({ icon: lineIcon(s.color, s.dash), label: s.label }))), draw: (width) => drawSlope(report, width), table: slopeTable(report),
        }),
        chartFigure({
          title: "What the worst group gains and what it costs", description: "Up is better for the worst group, right is better over all images. Lines through a mark are its intervals; arrows lead from the baseline to each method.",
          legend: legend(report.entries.map((e) => ({ icon: symbolIcon(e.symbol, e.color), label: e.label }))), draw: (width) => drawTradeOff(report, width), table: "The table above holds the same numbers.",
        })));
  },
};
