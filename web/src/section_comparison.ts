// section_comparison.ts - the baseline against every method: what each gains for the worst group, and what it costs.
import { chartFigure, legend, lineIcon, symbolIcon } from "./chart";
import { drawSlope } from "./chart_slope";
import { drawTradeOff } from "./chart_trade_off";
import { h, name } from "./dom";
import { points } from "./format";
import { differenceCell, direction, gapCell, measureCell } from "./measure_text";
import {
  differ,
  groupMean,
  groupMeanOf,
  groupMeasure,
  groupOf,
  largestGap,
  overall,
  overallOf,
  worstFirst,
  worstGroup,
  worstGroupIndices,
  worstOf,
  type Entry,
  type Report,
} from "./report";
import type { Section } from "./section";
import { groupSeries } from "./series";
import { dataTable, type TableColumn } from "./table";

const ARROWS = { up: "▲", down: "▼", unclear: "≈" } as const;
const WORDS = { up: "better", down: "worse", unclear: "no clear difference" } as const;

function comparisonTable(report: Report): HTMLElement {
  const { baseline } = report;
  const change = (of: typeof worstOf, label: string): TableColumn<Entry> => ({
    label,
    value: (e) => (e.isBaseline ? null : (differ(of, e, baseline)?.value ?? null)),
    cell: (e) => {
      if (e.isBaseline) return h("span", { class: "muted" }, "baseline");
      const d = differ(of, e, baseline);
      const sense = direction(d);
      if (d === null || Number.isNaN(d.low)) return differenceCell(d);
      return [
        h("span", { class: `sense ${sense}`, "aria-hidden": "true" }, ARROWS[sense]),
        " ",
        differenceCell(d),
        h("span", { class: "visually-hidden" }, `, ${WORDS[sense]}`),
      ];
    },
  });
  const columns: TableColumn<Entry>[] = [
    {
      label: "Method",
      text: true,
      header: true,
      value: (e) => e.label,
      cell: (e) => [
        symbolIcon(e.symbol, e.color),
        " ",
        name(e.label),
        e.runs.length > 1 ? h("span", { class: "muted" }, ` ${e.runs.length} seeds`) : null,
      ],
    },
    {
      label: "Worst group",
      value: (e) => worstGroup(e)?.value ?? null,
      cell: (e) => [
        measureCell(worstGroup(e)),
        h(
          "span",
          { class: "cell-note" },
          worstGroupIndices(e).map((g, i) => [i > 0 ? ", " : "", name(report.groups[g]!.name)]),
        ),
      ],
    },
    change(worstOf, "Change, worst group"),
    { label: "All images", value: (e) => overall(e)?.value ?? null, cell: (e) => measureCell(overall(e)) },
    change(overallOf, "Change, all images"),
    { label: "Mean of groups", value: (e) => groupMean(e)?.value ?? null, cell: (e) => measureCell(groupMean(e)) },
    change(groupMeanOf, "Change, mean"),
    { label: "Largest gap", value: (e) => largestGap(e)?.value ?? null, cell: (e) => gapCell(largestGap(e)) },
  ];
  return dataTable({
    caption: "Accuracy of each method, and its change against the baseline in percentage points",
    columns,
    rows: report.entries,
  });
}

function slopeTable(report: Report): HTMLElement {
  const { baseline } = report;
  return dataTable({
    caption: "Accuracy of each group with each method, and the change against the baseline in percentage points",
    rows: worstFirst(report),
    columns: [
      {
        label: "Group",
        text: true,
        header: true,
        cell: (g: number) => name(report.groups[g]!.name),
        value: (g: number) => report.groups[g]!.name,
      },
      ...report.entries.flatMap((entry): TableColumn<number>[] => {
        const shown: TableColumn<number> = {
          label: entry.label,
          cell: (g) => measureCell(groupMeasure(entry, g)),
          value: (g) => groupMeasure(entry, g)?.value ?? null,
        };
        if (entry.isBaseline) return [shown];
        const by = (g: number): ReturnType<typeof differ> => differ(groupOf(g), entry, baseline);
        return [
          shown,
          {
            label: `${entry.label} minus ${baseline.label}`,
            cell: (g) => differenceCell(by(g)),
            value: (g) => by(g)?.value ?? null,
          },
        ];
      }),
    ],
  });
}

export const comparison: Section = {
  id: "comparison",
  title: "Baseline and methods",
  applies: (report) => report.entries.length > 1,
  render(report, element) {
    const series = groupSeries(report);
    const best = report.best!;
    const d = differ(worstOf, best, report.baseline);
    element.append(
      h(
        "p",
        { class: "lead" },
        "The highest worst-group accuracy is reached by ",
        name(best.label),
        d === null ? "." : `: ${points(d.value)} points against the baseline.`,
        " ",
        h(
          "span",
          { class: "muted" },
          "▲ better, ▼ worse, ≈ unclear: the interval of the difference, or the range of the seeds, includes zero.",
        ),
      ),
      h("div", { class: "stacked" }, comparisonTable(report)),
      h(
        "div",
        { class: "columns" },
        chartFigure({
          title: "Every group, method by method",
          description:
            "One line a group. Lines that come together mean that the groups are treated more alike; lines that fall show who pays for it.",
          legend: legend(series.filter((s) => s.named).map((s) => ({ icon: lineIcon(s.color, s.dash), label: s.label }))),
          draw: (width) => drawSlope(report, width),
          table: slopeTable(report),
        }),
        chartFigure({
          title: "What the worst group gains and what it costs",
          description:
            "Up is better for the worst group, right is better over all images. Lines through a mark are its intervals; arrows lead from the baseline to each method.",
          legend: legend(report.entries.map((e) => ({ icon: symbolIcon(e.symbol, e.color), label: e.label }))),
          draw: (width) => drawTradeOff(report, width),
          table: "The table above holds the same numbers.",
        }),
      ),
    );
  },
};
