// section_training.ts - how training went: the worst group of every run, then one run in detail.
import * as Plot from "@observablehq/plot";
import { axisStart, chartFigure, legend, lineIcon, plotStyle, symbolIcon, tipStyle } from "./chart";
import { choice, h, name, quoted, replace } from "./dom";
import { inline, number, percent, plural, seconds } from "./format";
import type { Report, Run } from "./report";
import type { Epoch, EpochEvaluation } from "./results";
import type { Section } from "./section";
import { groupSeries } from "./series";
import { dataTable, type TableColumn } from "./table";

interface Curve { run: Run; color: string; symbol: string; split: string; points: { epoch: Epoch; measured: EpochEvaluation }[] }

/** The split of the selection rule, else the first that was measured. */
function curveOf(report: Report, run: Run): Curve | null {
  const { training, selection } = run.results, entry = report.entries.find((e) => e.runs.includes(run));
  if (training === null || entry === undefined) return null;
  const own = (epoch: Epoch): EpochEvaluation[] => epoch.evaluations.filter((e) => e.head === report.head.name);
  const split = selection?.split ?? training.epochs.flatMap(own)[0]?.split;
  if (split === undefined) return null;
  const points = training.epochs.flatMap((epoch) => own(epoch).filter((e) => e.split === split).map((measured) => ({ epoch, measured })));
  return points.length === 0 ? null : { run, color: entry.color, symbol: entry.symbol, split, points };
}

const epochAxis = (last: number, width: number): Plot.ScaleOptions => ({
  domain: [1, Math.max(2, last)], label: "epoch", labelAnchor: "center", labelArrow: "none",
  ticks: Math.min(last, Math.max(2, Math.floor(width / 55))), tickFormat: (e: number) => (Number.isInteger(e) ? String(e) : ""),
});

function drawWorst(curves: Curve[], width: number): Element {
  interface Point { epoch: number; value: number; title: string }
  const lines = curves.map((curve) => ({
    curve, points: curve.points.flatMap((p): Point[] => (p.measured.worst_group_accuracy === null ? [] : [{
      epoch: p.epoch.epoch, value: p.measured.worst_group_accuracy,
      title: `${inline(curve.run.label)}, epoch ${p.epoch.epoch}\nworst group: ${percent(p.measured.worst_group_accuracy)}\nall images: ${percent(p.measured.overall_accuracy)}`,
    }])),
  }));
  const last = Math.max(...curves.map((c) => c.points.at(-1)!.epoch.epoch));
  const kept = lines.flatMap(({ curve, points }) => points.filter((p) => p.epoch === curve.run.results.selection?.epoch).map((p) => ({ ...p, curve })));
  const all = lines.flatMap((l) => l.points);
  return Plot.plot({
    ...plotStyle(width), height: 300, marginLeft: 44, marginRight: 16, marginBottom: 40,
    x: epochAxis(last, width), y: { domain: [axisStart(Math.min(1, ...all.map((p) => p.value))), 1], label: null, tickFormat: (v: number) => percent(v, 0), ticks: 6 },
    marks: [
      Plot.gridY({ ticks: 6, stroke: "var(--grid)", strokeOpacity: 1 }),
      ...lines.flatMap(({ curve, points }) => [
        Plot.line(points, { x: "epoch", y: "value", stroke: curve.color, strokeWidth: 2 }),
        Plot.dot(points, { x: "epoch", y: "value", fill: curve.color, symbol: curve.symbol as Plot.SymbolType, r: 2.5 }),
      ]),
      ...kept.map((p) => Plot.dot([p], { x: "epoch", y: "value", stroke: p.curve.color, strokeWidth: 2, fill: "var(--surface)", symbol: p.curve.symbol as Plot.SymbolType, r: 7 })),
      Plot.tip(all, Plot.pointer({ x: "epoch", y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}

function drawGroups(report: Report, curve: Curve, width: number): Element {
  interface Point { epoch: number; value: number; title: string }
  const series = groupSeries(report).map((s) => ({
    ...s, points: curve.points.flatMap((p): Point[] => {
      const value = p.measured.group_accuracies[s.group];
      return value === null || value === undefined ? [] : [{ epoch: p.epoch.epoch, value, title: `${inline(s.label)}\nepoch ${p.epoch.epoch}: ${percent(value)}` }];
    }),
  }));
  const overall = curve.points.flatMap((p): Point[] => (p.measured.overall_accuracy === null ? [] : [{ epoch: p.epoch.epoch, value: p.measured.overall_accuracy, title: `all images\nepoch ${p.epoch.epoch}: ${percent(p.measured.overall_accuracy)}` }]));
  const all = [...series.flatMap((s) => s.points), ...overall], kept = curve.run.results.selection?.epoch ?? 0;
  return Plot.plot({
    ...plotStyle(width), height: 300, marginLeft: 44, marginRight: 16, marginBottom: 40, marginTop: 26,
    x: epochAxis(curve.points.at(-1)!.epoch.epoch, width), y: { domain: [axisStart(Math.min(1, ...all.map((p) => p.value))), 1], label: null, tickFormat: (v: number) => percent(v, 0), ticks: 6 },
    marks: [
      Plot.gridY({ ticks: 6, stroke: "var(--grid)", strokeOpacity: 1 }), keptMark(kept, curve.points.at(-1)!.epoch.epoch),
      Plot.line(overall, { x: "epoch", y: "value", stroke: "var(--ink)", strokeWidth: 3 }),
      ...series.flatMap((s) => [
        Plot.line(s.points, { x: "epoch", y: "value", stroke: s.color, strokeWidth: s.named ? 2 : 1, ...(s.dash === null ? {} : { strokeDasharray: s.dash }) }),
        Plot.dot(s.points, { x: "epoch", y: "value", fill: s.color, symbol: s.symbol, r: s.named ? 3 : 1.5 }),
      ]),
      Plot.tip(all, Plot.pointer({ x: "epoch", y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}

function keptMark(epoch: number, last: number): Plot.Markish | null {
  if (epoch < 1) return null;
  return [
    Plot.ruleX([epoch], { stroke: "var(--ink-soft)", strokeDasharray: "3 3" }),
    Plot.text([epoch], { x: (e: number) => e, frameAnchor: "top", dy: -16, textAnchor: epoch > last / 2 ? "end" : "start", text: (e: number) => `kept: epoch ${e}`, fill: "var(--ink-soft)" }),
  ];
}

function drawLoss(curve: Curve, width: number): Element {
  interface Point { epoch: number; value: number; title: string }
  const of = (label: string, value: (p: Curve["points"][number]) => number | null): Point[] => curve.points.flatMap((p) => {
    const v = value(p);
    return v === null ? [] : [{ epoch: p.epoch.epoch, value: v, title: `${label}\nepoch ${p.epoch.epoch}: ${number(v)}` }];
  });
  const train = of("training loss", (p) => p.epoch.loss), held = of(`loss on ${inline(curve.split)}`, (p) => p.measured.loss), all = [...train, ...held];
  return Plot.plot({
    ...plotStyle(width), height: 300, marginLeft: 44, marginRight: 16, marginBottom: 40, marginTop: 26,
    x: epochAxis(curve.points.at(-1)!.epoch.epoch, width), y: { domain: [0, Math.max(0.001, ...all.map((p) => p.value))], nice: true, label: null, ticks: 6 },
    marks: [
      Plot.gridY({ ticks: 6, stroke: "var(--grid)", strokeOpacity: 1 }), keptMark(curve.run.results.selection?.epoch ?? 0, curve.points.at(-1)!.epoch.epoch),
      Plot.line(train, { x: "epoch", y: "value", stroke: "var(--series-0)", strokeWidth: 2 }), Plot.dot(train, { x: "epoch", y: "value", fill: "var(--series-0)", r: 3 }),
      Plot.line(held, { x: "epoch", y: "value", stroke: "var(--series-1)", strokeWidth: 2, strokeDasharray: "7 3" }), Plot.dot(held, { x: "epoch", y: "value", fill: "var(--series-1)", symbol: "square", r: 3 }),
      Plot.tip(all, Plot.pointer({ x: "epoch", y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}

function worstTable(report: Report, curves: Curve[]): HTMLElement {
  const rows = curves.flatMap((curve) => curve.points.map((p) => ({ curve, ...p })));
  type RunRow = (typeof rows)[number];
  return dataTable({
    caption: "Accuracy after every epoch, of every run", rows,
    columns: [
      { label: "Run", text: true, header: true, cell: (r: RunRow) => name(r.curve.run.label), value: (r: RunRow) => r.curve.run.label },
      { label: "Epoch", cell: (r: RunRow) => [r.epoch.epoch, r.epoch.epoch === r.curve.run.results.selection?.epoch ? " (kept)" : ""], value: (r: RunRow) => r.epoch.epoch },
      { label: "Worst group", cell: (r: RunRow) => percent(r.measured.worst_group_accuracy), value: (r: RunRow) => r.measured.worst_group_accuracy },
      { label: "Which", text: true, cell: (r: RunRow) => (r.measured.worst_group === null ? "–" : name(report.groups[r.measured.worst_group]!.name)), value: (r: RunRow) => (r.measured.worst_group === null ? null : report.groups[r.measured.worst_group]!.name) },
      { label: "Mean of groups", cell: (r: RunRow) => percent(r.measured.group_mean_accuracy), value: (r: RunRow) => r.measured.group_mean_accuracy },
      { label: "All images", cell: (r: RunRow) => percent(r.measured.overall_accuracy), value: (r: RunRow) => r.measured.overall_accuracy },
    ],
  });
}

type Row = Curve["points"][number];
const epochColumn: TableColumn<Row> = { label: "Epoch", header: true, cell: (r) => r.epoch.epoch, value: (r) => r.epoch.epoch };

function accuracyTable(report: Report, curve: Curve): HTMLElement {
  const columns: TableColumn<Row>[] = [
    epochColumn,
    { label: "All images", cell: (r) => percent(r.measured.overall_accuracy), value: (r) => r.measured.overall_accuracy },
    ...report.groups.slice(0, 24).map((group, g): TableColumn<Row> => ({ label: group.name, cell: (r) => percent(r.measured.group_accuracies[g]), value: (r) => r.measured.group_accuracies[g] ?? null })),
  ];
  return dataTable({ caption: `Accuracy of ${inline(curve.run.label)} on ${inline(curve.split)}, epoch by epoch`, columns, rows: curve.points });
}

function lossTable(curve: Curve): HTMLElement {
  const columns: TableColumn<Row>[] = [
    epochColumn,
    { label: "Training loss", cell: (r) => number(r.epoch.loss), value: (r) => r.epoch.loss },
    { label: `Loss, ${curve.split}`, cell: (r) => number(r.measured.loss), value: (r) => r.measured.loss },
    { label: "Learning rate", cell: (r) => number(r.epoch.learning_rate, 3), value: (r) => r.epoch.learning_rate },
    { label: "Time", cell: (r) => seconds(r.epoch.seconds), value: (r) => r.epoch.seconds },
    { label: "Images/s", cell: (r) => number(r.epoch.images_per_second), value: (r) => r.epoch.images_per_second },
  ];
  return dataTable({ caption: `Loss and speed of ${inline(curve.run.label)}, epoch by epoch`, columns, rows: curve.points });
}

function renderRun(report: Report, curve: Curve, body: HTMLElement): void {
  const series = groupSeries(report), kept = curve.run.results.selection;
  replace(body,
    kept ? h("p", {}, "Of ", name(curve.run.label), ", epoch ", h("strong", {}, kept.epoch), " was kept: ", name(kept.definition), ".") : null,
    h("div", { class: "columns" },
      chartFigure({
        title: "Accuracy by group", description: `After every epoch, on the split “${inline(curve.split)}”. The thick line is the accuracy over all images: it can look well while a group is failed.`,
        legend: legend([{ icon: lineIcon("var(--ink)", null, 4), label: "all images" }, ...series.filter((s) => s.named).map((s) => ({ icon: lineIcon(s.color, s.dash), label: s.label }))]),
        draw: (width) => drawGroups(report, curve, width), table: accuracyTable(report, curve),
      }),
      chartFigure({
        title: "Loss", description: "What training makes small. When the loss on held-out images rises while the training loss falls, the model learns by heart.",
        legend: legend([{ icon: lineIcon("var(--series-0)", null), label: "training" }, { icon: lineIcon("var(--series-1)", "7 3"), label: curve.split }]),
        draw: (width) => drawLoss(curve, width), table: lossTable(curve),
      })));
}

export const training: Section = {
  id: "training",
  title: "Training",
  applies: (report) => report.runs.some((run) => curveOf(report, run) !== null),
  render(report, element) {
    const curves = report.runs.flatMap((run) => curveOf(report, run) ?? []);
    const total = curves.reduce((s, c) => s + c.run.results.training!.epochs.reduce((t, e) => t + e.seconds, 0), 0);
    const splits = [...new Set(curves.map((c) => c.split))];
    element.append(
      h("p", { class: "lead" }, `${plural(curves.length, "run")}, ${seconds(total)} of training. Accuracy here is measured on `, splits.map((s, i) => [i > 0 ? " and " : "", quoted(s)]), ", never on the images of the verdict."),
      chartFigure({
        title: "Accuracy of the worst group, after every epoch", description: "One line a run. The large open mark is the epoch whose weights were kept.",
        legend: legend(report.entries.filter((e) => curves.some((c) => e.runs.includes(c.run))).map((e) => ({ icon: symbolIcon(e.symbol, e.color), label: e.label }))),
        draw: (width) => drawWorst(curves, width), table: worstTable(report, curves),
      }));
    const body = h("div", { class: "flow" });
    const start = Math.max(0, curves.findIndex((c) => c.run === report.selection.get().run));
    if (curves.length > 1) element.append(h("div", { class: "controls" }, choice("Run in detail", curves.map((c) => c.run.label), start, (i) => renderRun(report, curves[i]!, body))));
    element.append(body);
    renderRun(report, curves[start]!, body);
  },
};
