// section_training.ts - how training went: the worst group of every run, then one run in detail.
import { chartFigure, legend, lineIcon, symbolIcon } from "./chart";
import { curveOf, drawGroupCurves, drawLoss, drawWorst, type Curve } from "./chart_curves";
import { choice, h, name, quoted, replace } from "./dom";
import { bytes, inline, number, percent, plural, seconds } from "./format";
import { loggedCharts } from "./logged";
import type { Report } from "./report";
import type { Section } from "./section";
import { groupSeries } from "./series";
import { dataTable, type TableColumn } from "./table";

function worstTable(report: Report, curves: Curve[]): HTMLElement {
  const rows = curves.flatMap((curve) => curve.points.map((p) => ({ curve, ...p })));
  type RunRow = (typeof rows)[number];
  return dataTable({
    caption: "Accuracy after every epoch, of every run",
    rows,
    columns: [
      {
        label: "Run",
        text: true,
        header: true,
        cell: (r: RunRow) => name(r.curve.run.label),
        value: (r: RunRow) => r.curve.run.label,
      },
      {
        label: "Epoch",
        cell: (r: RunRow) => [r.epoch.epoch, r.epoch.epoch === r.curve.run.results.selection?.epoch ? " (kept)" : ""],
        value: (r: RunRow) => r.epoch.epoch,
      },
      {
        label: "Worst group",
        cell: (r: RunRow) => percent(r.measured.worst_group_accuracy),
        value: (r: RunRow) => r.measured.worst_group_accuracy,
      },
      {
        label: "Which",
        text: true,
        cell: (r: RunRow) => (r.measured.worst_group === null ? "–" : name(report.groups[r.measured.worst_group]!.name)),
        value: (r: RunRow) => (r.measured.worst_group === null ? null : report.groups[r.measured.worst_group]!.name),
      },
      {
        label: "Mean of groups",
        cell: (r: RunRow) => percent(r.measured.group_mean_accuracy),
        value: (r: RunRow) => r.measured.group_mean_accuracy,
      },
      {
        label: "All images",
        cell: (r: RunRow) => percent(r.measured.overall_accuracy),
        value: (r: RunRow) => r.measured.overall_accuracy,
      },
    ],
  });
}

type Row = Curve["points"][number];
const epochColumn: TableColumn<Row> = { label: "Epoch", header: true, cell: (r) => r.epoch.epoch, value: (r) => r.epoch.epoch };

function accuracyTable(report: Report, curve: Curve): HTMLElement {
  const columns: TableColumn<Row>[] = [
    epochColumn,
    { label: "All images", cell: (r) => percent(r.measured.overall_accuracy), value: (r) => r.measured.overall_accuracy },
    ...report.groups.slice(0, 24).map((group, g): TableColumn<Row> => ({
      label: group.name,
      cell: (r) => percent(r.measured.group_accuracies[g]),
      value: (r) => r.measured.group_accuracies[g] ?? null,
    })),
  ];
  return dataTable({
    caption: `Accuracy of ${inline(curve.run.label)} on ${inline(curve.split)}, epoch by epoch`,
    columns,
    rows: curve.points,
  });
}

/** A column of what epochs say beyond the format; none where no epoch does. */
function extraColumn(curve: Curve, label: string, key: string, show: (value: number) => string): TableColumn<Row>[] {
  const of = (r: Row): number | null => {
    const value = r.epoch.extra?.[key];
    return typeof value === "number" ? value : null;
  };
  if (!curve.points.some((r) => of(r) !== null)) return [];
  return [{ label, cell: (r) => (of(r) === null ? "–" : show(of(r)!)), value: of }];
}

function lossTable(curve: Curve): HTMLElement {
  const columns: TableColumn<Row>[] = [
    epochColumn,
    { label: "Training loss", cell: (r) => number(r.epoch.loss), value: (r) => r.epoch.loss },
    { label: `Loss, ${curve.split}`, cell: (r) => number(r.measured.loss), value: (r) => r.measured.loss },
    { label: "Learning rate", cell: (r) => number(r.epoch.learning_rate, 3), value: (r) => r.epoch.learning_rate },
    { label: "Time", cell: (r) => seconds(r.epoch.seconds), value: (r) => r.epoch.seconds },
    { label: "Images/s", cell: (r) => number(r.epoch.images_per_second), value: (r) => r.epoch.images_per_second },
    ...extraColumn(curve, "Processors in use", "cpu_use", (v) => number(v, 2)),
    ...extraColumn(curve, "Memory so far", "peak_memory_bytes", bytes),
    ...extraColumn(curve, "Stage", "stage", number),
  ];
  return dataTable({ caption: `Loss and speed of ${inline(curve.run.label)}, epoch by epoch`, columns, rows: curve.points });
}

function renderRun(report: Report, curve: Curve, body: HTMLElement): void {
  const series = groupSeries(report);
  const kept = curve.run.results.selection;
  replace(
    body,
    kept
      ? h(
          "p",
          {},
          "Of ",
          name(curve.run.label),
          ", epoch ",
          h("strong", {}, kept.epoch),
          " was kept: ",
          name(kept.definition),
          ".",
        )
      : null,
    h(
      "div",
      { class: "columns" },
      chartFigure({
        title: "Accuracy by group",
        description: `After every epoch, on the split “${inline(curve.split)}”. The thick line is the accuracy over all images: it can look well while a group is failed.`,
        legend: legend([
          { icon: lineIcon("var(--ink)", null, 4), label: "all images" },
          ...series.filter((s) => s.named).map((s) => ({ icon: lineIcon(s.color, s.dash), label: s.label })),
        ]),
        draw: (width) => drawGroupCurves(report, curve, width),
        table: accuracyTable(report, curve),
      }),
      chartFigure({
        title: "Loss",
        description:
          "What training makes small. When the loss on held-out images rises while the training loss falls, the model learns by heart.",
        legend: legend([
          { icon: lineIcon("var(--series-0)", null), label: "training" },
          { icon: lineIcon("var(--series-1)", "7 3"), label: curve.split },
        ]),
        draw: (width) => drawLoss(curve, width),
        table: lossTable(curve),
      }),
    ),
    loggedCharts(curve.run.results.training!.epochs),
  );
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
      h(
        "p",
        { class: "lead" },
        `${plural(curves.length, "run")}, ${seconds(total)} of training. Accuracy here is measured on `,
        splits.map((s, i) => [i > 0 ? " and " : "", quoted(s)]),
        splits.includes(report.splitName)
          ? h("strong", {}, ". These are also the images of the verdict, which therefore flatters the chosen epoch.")
          : ", never on the images of the verdict.",
      ),
      chartFigure({
        title: "Accuracy of the worst group, after every epoch",
        description: "One line a run. The large open mark is the epoch whose weights were kept.",
        legend: legend(
          report.entries
            .filter((e) => curves.some((c) => e.runs.includes(c.run)))
            .map((e) => ({ icon: symbolIcon(e.symbol, e.color), label: e.label })),
        ),
        draw: (width) => drawWorst(curves, width),
        table: worstTable(report, curves),
      }),
    );
    const body = h("div", { class: "flow" });
    const start = Math.max(
      0,
      curves.findIndex((c) => c.run === report.selection.get().run),
    );
    if (curves.length > 1)
      element.append(
        h(
          "div",
          { class: "controls" },
          choice(
            "Run in detail",
            curves.map((c) => c.run.label),
            start,
            (i) => renderRun(report, curves[i]!, body),
          ),
        ),
      );
    element.append(body);
    renderRun(report, curves[start]!, body);
  },
};
