// section_confusion.ts - what was taken for what. A cell is a button: it filters the errors below to that mistake.
import { choice, freshId, h, name, quoted, replace, type Child } from "./dom";
import { count, percent, plural } from "./format";
import { measureCell } from "./measure_text";
import { measureOf, type Report, type Run } from "./report";
import type { ClassEvaluation } from "./results";
import type { Section } from "./section";
import { dataTable } from "./table";

const MOST_CLASSES = 24;

function matrixOf(run: Run, group: number | null): number[][] | null {
  return group === null ? run.evaluation.confusion : (run.evaluation.groups[group]?.confusion ?? null);
}

function cell(report: Report, n: number, total: number, truth: number, predicted: number, group: number | null): HTMLElement {
  const { classes } = report.head;
  const share = total === 0 ? null : n / total;
  const right = truth === predicted;
  const { filter } = report.selection.get();
  const chosen = !right && filter.truth === classes[truth] && filter.predicted === classes[predicted] && filter.group === group;
  const inside: Child = [
    h("span", { class: "heat-number" }, count(n)),
    h("span", { class: "heat-share" }, share === null ? "–" : percent(share)),
  ];
  const content =
    right || n === 0
      ? h("span", { class: `matrix-cell ${right ? "right" : "wrong"}` }, inside)
      : h(
          "button",
          {
            type: "button",
            class: "matrix-cell wrong",
            "aria-pressed": chosen ? "true" : "false",
            "data-cell": `${truth}-${predicted}`,
            click: () =>
              report.selection.set({
                filter: chosen
                  ? { truth: null, predicted: null, group: null }
                  : { truth: classes[truth]!, predicted: classes[predicted]!, group },
              }),
          },
          inside,
          h("span", { class: "visually-hidden" }, ` of ${classes[truth]} taken for ${classes[predicted]}, show these errors`),
        );
  content.style.setProperty("--heat", String(share === null ? 0 : Math.round(50 * Math.sqrt(share))));
  return h("td", { class: right ? "diagonal" : null }, content);
}

function matrixTable(report: Report, matrix: number[][], group: number | null, caption: string): HTMLElement {
  const { classes } = report.head;
  const id = freshId("caption");
  return h(
    "div",
    {},
    h("p", { class: "caption", id }, caption),
    h(
      "div",
      { class: "table-scroll", role: "region", "aria-labelledby": id, tabindex: 0 },
      h(
        "table",
        { class: "matrix", "aria-labelledby": id },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td", { rowspan: 2, class: "corner axis" }, "truth ↓"),
            h("th", { scope: "colgroup", colspan: classes.length, class: "axis" }, "predicted →"),
            h("td", { rowspan: 2, class: "corner" }),
          ),
          h(
            "tr",
            {},
            classes.map((c) => h("th", { scope: "col" }, name(c))),
          ),
        ),
        h(
          "tbody",
          {},
          classes.map((c, truth) => {
            const total = (matrix[truth] ?? []).reduce((s, x) => s + x, 0);
            return h(
              "tr",
              {},
              h("th", { scope: "row" }, name(c)),
              classes.map((_, predicted) => cell(report, matrix[truth]?.[predicted] ?? 0, total, truth, predicted, group)),
              h("td", { class: "row-total" }, `n = ${count(total)}`),
            );
          }),
        ),
      ),
    ),
  );
}

function classTable(run: Run, group: number | null): HTMLElement {
  const rows = group === null ? run.evaluation.classes : run.evaluation.groups[group]!.classes;
  return dataTable({
    caption: "How far a class is found and can be trusted",
    rows,
    columns: [
      {
        label: "Class",
        text: true,
        header: true,
        cell: (c: ClassEvaluation) => name(c.class),
        value: (c: ClassEvaluation) => c.class,
      },
      {
        label: "Recall",
        note: "Of the images of this class, the share that was found",
        cell: (c: ClassEvaluation) => measureCell(measureOf([c.recall])),
        value: (c: ClassEvaluation) => c.recall?.value ?? null,
      },
      {
        label: "Precision",
        note: "Of the images said to be of this class, the share that is",
        cell: (c: ClassEvaluation) => measureCell(measureOf([c.precision])),
        value: (c: ClassEvaluation) => c.precision?.value ?? null,
      },
    ],
  });
}

/** With many classes a matrix cannot be read; the mistakes that happen most can. */
function mistakes(report: Report, matrix: number[][]): HTMLElement {
  const { classes } = report.head;
  const rows = matrix
    .flatMap((row, truth) => {
      const total = row.reduce((s, x) => s + x, 0);
      return row.flatMap((n, predicted) =>
        truth === predicted || n === 0 ? [] : [{ truth: classes[truth]!, predicted: classes[predicted]!, n, share: n / total }],
      );
    })
    .sort((a, b) => b.n - a.n)
    .slice(0, 60);
  type Row = (typeof rows)[number];
  return dataTable({
    caption: `The most frequent mistakes among ${plural(classes.length, "class", "classes")}`,
    rows,
    columns: [
      { label: "Truth", text: true, header: true, cell: (r: Row) => name(r.truth), value: (r: Row) => r.truth },
      { label: "Taken for", text: true, cell: (r: Row) => name(r.predicted), value: (r: Row) => r.predicted },
      { label: "Images", cell: (r: Row) => count(r.n), value: (r: Row) => r.n },
      { label: "Share of the truth", cell: (r: Row) => percent(r.share), value: (r: Row) => r.share },
    ],
  });
}

export const confusion: Section = {
  id: "confusion",
  title: "Confusion",
  applies: (report) => report.runs.some((run) => run.evaluation.confusion !== null || run.evaluation.classes.length > 0),
  render(report, element) {
    const groups = report.groups.map((g) => g.name);
    const body = h("div", { class: "flow tight" });
    const controls = h("div", { class: "controls" });
    element.append(
      h(
        "p",
        { class: "lead" },
        "Rows are what the images show, columns what the model said; percentages are shares of a row. ",
        h("strong", {}, "Choose a wrong cell"),
        " to see its images below.",
      ),
      controls,
      body,
    );
    if (report.runs.length > 1)
      controls.append(
        choice(
          "Run",
          report.runs.map((r) => r.label),
          report.runs.indexOf(report.selection.get().run),
          (i) => report.selection.set({ run: report.runs[i]! }),
        ),
      );
    if (groups.length > 1)
      controls.append(
        choice("Images of", ["all groups", ...groups], 0, (i) =>
          report.selection.set({ confusionGroup: i === 0 ? null : i - 1 }),
        ),
      );
    report.selection.watch(({ run, confusionGroup }) => {
      const select = controls.querySelector("select");
      if (select && report.runs.length > 1) select.selectedIndex = report.runs.indexOf(run);
      const matrix = matrixOf(run, confusionGroup);
      const held = body.contains(document.activeElement) ? document.activeElement?.getAttribute("data-cell") : null;
      const whose: Child = [name(run.label), ", ", confusionGroup === null ? "all groups" : quoted(groups[confusionGroup]!)];
      if (matrix === null)
        replace(
          body,
          h("p", {}, "With so many classes no confusion matrix is stored for ", whose, "."),
          classTable(run, confusionGroup),
        );
      else if (report.head.classes.length > MOST_CLASSES)
        replace(body, mistakes(report, matrix), classTable(run, confusionGroup));
      else
        replace(
          body,
          h("p", { class: "matrix-title" }, whose),
          h(
            "div",
            { class: "side-by-side" },
            matrixTable(report, matrix, confusionGroup, "Images by truth (rows) and prediction (columns)"),
            classTable(run, confusionGroup),
          ),
        );
      if (held) body.querySelector<HTMLElement>(`[data-cell="${held}"]`)?.focus();
    });
  },
};
