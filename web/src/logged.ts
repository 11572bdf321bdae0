// logged.ts - what a run's log shows beside loss and accuracy: further heads, parts of the loss, a method's numbers and tables, each a small chart.
import * as Plot from "@observablehq/plot";
import { chartFigure, gridLines, legend, lineIcon, plotStyle, tipStyle } from "./chart";
import { epochAxis } from "./chart_curves";
import { h, name, replace } from "./dom";
import { inline, number } from "./format";
import type { Epoch } from "./results";
import { dataTable, type TableColumn } from "./table";

interface Line {
  label: string;
  points: { epoch: number; value: number }[];
}
export interface Logged {
  title: string;
  lines: Line[];
}

const MOST_LINES = 6;
const dashes = [null, "7 3", "2 3", "9 3 2 3", "12 4", "4 2 1 2"];

/** Charts in the order of their first appearance. "loss: age" and "loss: gender" are two lines of the chart "loss". */
export function loggedOf(epochs: Epoch[]): Logged[] {
  const charts = new Map<string, Map<string, Line>>();
  const add = (title: string, label: string, epoch: number, value: number | null): void => {
    if (value === null) return;
    if (!charts.has(title)) charts.set(title, new Map());
    const lines = charts.get(title)!;
    if (!lines.has(label)) lines.set(label, { label, points: [] });
    lines.get(label)!.points.push({ epoch, value });
  };
  for (const { epoch, extra, evaluations, scores } of epochs) {
    const heads = [...evaluations, ...(scores ?? [])];
    if (new Set(heads.map((e) => e.head)).size > 1) for (const e of heads) add(`loss on ${e.split}`, e.head, epoch, e.loss);
    for (const s of scores ?? []) {
      add(`${s.head}: ${s.metric} on ${s.split}`, "all images", epoch, s.overall);
      add(`${s.head}: ${s.metric} on ${s.split}`, "mean of groups", epoch, s.group_mean);
      add(`${s.head}: ${s.metric} on ${s.split}`, "worst group", epoch, s.worst);
    }
    for (const [key, value] of Object.entries(extra?.shown ?? {})) {
      const colon = key.indexOf(": ");
      if (colon > 0) add(key.slice(0, colon), key.slice(colon + 2), epoch, value);
      else add(key, key, epoch, value);
    }
    for (const [title, values] of Object.entries(extra?.tables ?? {}))
      for (const [key, value] of Object.entries(values)) add(title, key, epoch, value);
  }
  return [...charts].map(([title, lines]) => ({ title, lines: [...lines.values()] }));
}

const look = (i: number): { color: string; dash: string | null } =>
  i < MOST_LINES ? { color: `var(--series-${i + 1})`, dash: dashes[i]! } : { color: "var(--ink-faint)", dash: null };

function draw(chart: Logged, width: number): Element {
  const all = chart.lines.flatMap((line) =>
    line.points.map((p) => ({ ...p, title: `${inline(line.label)}\nepoch ${p.epoch}: ${number(p.value)}` })),
  );
  const last = Math.max(...all.map((p) => p.epoch));
  const values = all.map((p) => p.value);
  return Plot.plot({
    ...plotStyle(width),
    height: 200,
    marginLeft: 48,
    marginRight: 16,
    marginBottom: 40,
    x: epochAxis(last, width),
    y: { domain: [Math.min(0, ...values), Math.max(0.001, ...values)], nice: true, label: null, ticks: 5 },
    marks: [
      Plot.gridY({ ticks: 5, ...gridLines }),
      ...chart.lines.flatMap((line, i) => [
        Plot.line(line.points, {
          x: "epoch",
          y: "value",
          stroke: look(i).color,
          strokeWidth: i < MOST_LINES ? 2 : 1,
          ...(look(i).dash === null ? {} : { strokeDasharray: look(i).dash! }),
        }),
        Plot.dot(line.points, { x: "epoch", y: "value", fill: look(i).color, r: 2 }),
      ]),
      Plot.tip(all, Plot.pointer({ x: "epoch", y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}

function table(chart: Logged): HTMLElement {
  interface Row {
    epoch: number;
    values: (number | null)[];
  }
  const epochs = [...new Set(chart.lines.flatMap((line) => line.points.map((p) => p.epoch)))].sort((a, b) => a - b);
  const rows = epochs.map((epoch): Row => ({
    epoch,
    values: chart.lines.map((line) => line.points.find((p) => p.epoch === epoch)?.value ?? null),
  }));
  const columns: TableColumn<Row>[] = [
    { label: "Epoch", header: true, cell: (r) => r.epoch, value: (r) => r.epoch },
    ...chart.lines.slice(0, 24).map((line, i): TableColumn<Row> => ({
      label: line.label,
      cell: (r) => number(r.values[i]!),
      value: (r) => r.values[i]!,
    })),
  ];
  return dataTable({ caption: `${inline(chart.title)}, epoch by epoch`, columns, rows });
}

/** One of them; `ofAll`: epochs of the run. */
export function logged(chart: Logged, ofAll: number): HTMLElement {
  // Of one epoch only there is no curve.
  if (ofAll > 1 && chart.lines.every((line) => line.points.length === 1)) return h("figure", { class: "chart-block" }, table(chart));
  return chartFigure({
    title: chart.title,
    description: chart.lines.length > MOST_LINES ? "The first six lines have a colour; the table names all." : "After every epoch.",
    legend:
      chart.lines.length > 1
        ? legend(chart.lines.slice(0, MOST_LINES).map((line, i) => ({ icon: lineIcon(look(i).color, look(i).dash), label: line.label })))
        : null,
    draw: (width) => draw(chart, width),
    table: table(chart),
  });
}

/** Folded away, and made when it is opened. Nothing when the log shows nothing else. */
export function loggedCharts(epochs: Epoch[]): HTMLElement | null {
  const charts = loggedOf(epochs);
  if (charts.length === 0) return null;
  const body = h("div", { class: "columns" });
  const names = charts.map((c, i) => [i > 0 ? ", " : "", name(c.title)]);
  const details = h("details", { class: "logged" }, h("summary", {}, "What else the log shows: ", names), body);
  details.addEventListener("toggle", () => {
    if (body.childElementCount === 0) replace(body, charts.map((chart) => logged(chart, epochs.length)));
  });
  return details;
}
