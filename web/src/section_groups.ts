// section_groups.ts - every group's number with its interval, worst first. Groups with few or no images are hatched and
// listed, never dropped.
import { chartFigure, legend, symbolIcon } from "./chart";
import { drawDots } from "./chart_dots";
import { choice, h, name, replace } from "./dom";
import { count } from "./format";
import { measureCell, metricLabel } from "./measure_text";
import { groupMeasure, worstFirst, type Metric, type Report } from "./report";
import type { Section } from "./section";
import { dataTable, type TableColumn } from "./table";

function groupTable(report: Report, metric: Metric, order: number[]): HTMLElement {
  const verdicts = report.baseline.runs[0]!.evaluation.groups;
  const columns: TableColumn<number>[] = [
    { label: "Group", text: true, header: true, cell: (g) => name(report.groups[g]!.name), value: (g) => report.groups[g]!.name },
    { label: "Images", cell: (g) => count(verdicts[g]!.n), value: (g) => verdicts[g]!.n },
    ...report.entries.map((entry): TableColumn<number> => ({
      label: entry.label,
      cell: (g) => measureCell(groupMeasure(entry, g, metric)),
      value: (g) => groupMeasure(entry, g, metric)?.value ?? null,
    })),
    {
      label: "Enough data?",
      text: true,
      cell: (g) => ({ ok: "yes", few: "few: read the interval", none: "no images" })[verdicts[g]!.verdict],
      value: (g) => ({ ok: 2, few: 1, none: 0 })[verdicts[g]!.verdict],
    },
  ];
  return dataTable({
    caption: `${capital(metricLabel(metric))} of each group, ${worstWords(report)} first`,
    columns,
    rows: order,
    rowClass: (g) => (verdicts[g]!.verdict === "ok" ? null : "hatched"),
  });
}

const worstWords = (report: Report): string => (report.entries.length > 1 ? "the baseline’s worst" : "the worst");
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function metrics(report: Report): Metric[] {
  const { classes: all, groups: list } = report.baseline.runs[0]!.evaluation;
  const classes = all.length > MOST_CLASSES || list.every((g) => g.classes.length === 0) ? [] : all.map((c) => c.class);
  return [
    { kind: "accuracy" },
    ...classes.flatMap((c): Metric[] => [
      { kind: "recall", class: c },
      { kind: "precision", class: c },
    ]),
  ];
}

const MOST_CLASSES = 40;

const MEANING: Record<Metric["kind"], string> = {
  accuracy: "The share of the group’s images whose answer is right.",
  recall: "Of the group’s images that are of this class, the share that was found.",
  precision: "Of the group’s images that were said to be of this class, the share that is.",
};

export const groups: Section = {
  id: "groups",
  title: "Groups",
  applies: (report) => report.groups.length > 0,
  render(report, element) {
    const list = metrics(report);
    const body = h("div", { class: "flow" });
    const show = (index: number): void => {
      const metric = list[index]!;
      const order = worstFirst(report, metric);
      const spread = report.entries.some((e) => e.runs.length > 1)
        ? "A line is the 95% interval, or with several seeds the range from the lowest to the highest."
        : "A line is the 95% interval.";
      replace(
        body,
        h("p", { class: "lead" }, MEANING[metric.kind]),
        chartFigure({
          title: `${capital(metricLabel(metric))} by group`,
          description: `One row a group, ${worstWords(report)} at the top${report.entries.length > 1 ? "; one mark a method" : ""}. ${spread} Hatched rows hold too few images to judge.`,
          legend:
            report.entries.length === 1
              ? null
              : legend(
                  report.entries.map((e) => ({
                    icon: symbolIcon(e.symbol, e.color),
                    label: e.label,
                    note: e.isBaseline ? "(baseline)" : "",
                  })),
                ),
          draw: (width) => drawDots(report, metric, order, width),
          table: "The table below holds the same numbers.",
        }),
        groupTable(report, metric, order),
      );
    };
    if (list.length > 1)
      element.append(
        h(
          "div",
          { class: "controls" },
          choice(
            "Show",
            list.map((m) => metricLabel(m)),
            0,
            show,
          ),
        ),
      );
    element.append(body);
    show(0);
  },
};
