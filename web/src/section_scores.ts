// section_scores.ts - the probabilities that the model gave, group by group, and what another threshold would do to each group.
// Works on the binned scores of results.json, so a threshold moves in steps of one bin.
import { chartFigure, legend } from "./chart";
import { drawScores, readScores, type Scores } from "./chart_scores";
import { freshId, h, name, replace, svg } from "./dom";
import { count, inline, percent } from "./format";
import type { Report, Run } from "./report";
import type { ScoreHistogram } from "./results";
import type { Section } from "./section";
import { dataTable, type TableColumn } from "./table";

const above = (counts: number[], bin: number): number => counts.slice(bin).reduce((s, x) => s + x, 0);

function icon(kind: "of" | "others"): SVGElement {
  return svg(
    "svg",
    { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true", class: `icon score-${kind}` },
    svg("rect", { x: 1, y: 1, width: 12, height: 12 }),
  );
}

function thresholdTable(report: Report, histogram: ScoreHistogram, scores: Scores[], bin: number): HTMLElement {
  const rate = (n: number, all: number): number | null => (all === 0 ? null : n / all);
  const right = (s: Scores): number | null => rate(above(s.of, bin) + s.nOthers - above(s.others, bin), s.n + s.nOthers);
  const column = (label: string, note: string, of: (s: Scores) => number | null): TableColumn<Scores> => ({
    label,
    note,
    cell: (s) => percent(of(s)),
    value: of,
  });
  return dataTable({
    caption: `Every group when the answer is “${inline(histogram.class)}” from a probability of ${percent(bin / histogram.bins, 0)} on`,
    rows: scores,
    columns: [
      {
        label: "Group",
        text: true,
        header: true,
        cell: (s: Scores) => name(report.groups[s.group]!.name),
        value: (s: Scores) => report.groups[s.group]!.name,
      },
      { label: "Images", cell: (s: Scores) => count(s.n + s.nOthers), value: (s: Scores) => s.n + s.nOthers },
      column("Accuracy", "Right answers of the group", right),
      column("Found", "Recall: of the images of the class, the share that reaches the threshold", (s) =>
        rate(above(s.of, bin), s.n),
      ),
      column("False alarms", "Of the other images, the share that reaches the threshold", (s) =>
        rate(above(s.others, bin), s.nOthers),
      ),
    ],
  });
}

function renderRun(report: Report, run: Run, body: HTMLElement): void {
  const histogram = run.evaluation.score_histogram;
  if (!histogram) {
    replace(body, h("p", { class: "empty" }, "No scores were stored for ", name(run.label), "."));
    return;
  }
  const scores = readScores(report, histogram);
  const table = h("div");
  const chart = h("div");
  const id = freshId("threshold");
  const shown = h("output", { for: id });
  const show = (bin: number): void => {
    shown.textContent = percent(bin / histogram.bins, 0);
    replace(table, thresholdTable(report, histogram, scores, bin));
    replace(
      chart,
      chartFigure({
        title: "Scores by group",
        description: `Above the line the images that are “${inline(histogram.class)}”, below it those that are not, each as tall as its own highest bar. Well told apart, the upper bars stand right and the lower ones left of the dashed threshold.`,
        legend: legend([
          { icon: icon("of"), label: `is ${histogram.class}` },
          { icon: icon("others"), label: `is not ${histogram.class}` },
        ]),
        draw: (width) => drawScores(report, histogram, scores, bin, width),
        table: "The table above says what the threshold does.",
      }),
    );
  };
  const start = Math.round(histogram.bins / 2);
  const slider: HTMLInputElement = h("input", {
    id,
    type: "range",
    min: 0,
    max: histogram.bins,
    step: 1,
    value: start,
    input: () => show(slider.valueAsNumber),
  });
  replace(
    body,
    h("div", { class: "controls" }, h("span", { class: "choice" }, h("label", { for: id }, "Threshold"), slider, shown)),
    table,
    chart,
  );
  show(start);
}

export const scores: Section = {
  id: "scores",
  title: "Scores and threshold",
  applies: (report) => report.runs.some((run) => run.evaluation.score_histogram),
  render(report, element) {
    const body = h("div", { class: "flow" });
    element.append(
      h(
        "p",
        { class: "lead" },
        "What the model answers depends on a threshold. Move it to see which groups gain and which lose; the verdict uses the model’s own answer.",
      ),
      body,
    );
    let last: Run | null = null;
    report.selection.watch(({ run }) => {
      if (run !== last) renderRun(report, run, body);
      last = run;
    });
  },
};
