// section_provenance.ts - what somebody needs to get the same numbers again, and what the numbers mean.
import { h, name, type Child } from "./dom";
import { bytes, count, number, optionText, seconds, shellWord } from "./format";
import type { Report, Run } from "./report";
import type { Section } from "./section";
import { copyButton } from "./table";

/** What stands in the cell of a run that has no such thing; a row of nothing else is left out. */
const NOTHING = "–";

interface Fact {
  label: string;
  of: (run: Run) => Child;
}

const hash = (value: string | null): Child => (value === null ? NOTHING : h("code", { class: "hash" }, value));
const named = (part: { name: string; options: Record<string, unknown> } | null | undefined): Child =>
  part
    ? [
        name(part.name),
        Object.keys(part.options).length === 0 ? null : h("span", { class: "cell-note" }, name(optionText(part.options))),
      ]
    : NOTHING;

const FACTS: Fact[] = [
  { label: "Kind", of: ({ results: r }) => (r.kind === "run" ? "training run" : "audit of given predictions") },
  { label: "Identity", of: ({ results: r }) => h("code", {}, r.id) },
  { label: "Made", of: ({ results: r }) => h("time", { datetime: r.created }, r.created) },
  {
    label: "Method",
    of: ({ results: r }) =>
      r.method
        ? [
            named(r.method),
            h("span", { class: "cell-note" }, name(r.method.summary)),
            r.method.source ? h("span", { class: "cell-note" }, name(r.method.source)) : null,
          ]
        : NOTHING,
  },
  {
    label: "Model",
    of: ({ results: r }) =>
      r.model
        ? [
            named(r.model),
            h(
              "span",
              { class: "cell-note" },
              r.model.parameters === null ? "" : `${count(r.model.parameters)} parameters, `,
              `${r.model.input.width} × ${r.model.input.height} × ${r.model.input.channels}`,
            ),
          ]
        : NOTHING,
  },
  { label: "Optimiser", of: ({ results: r }) => named(r.training?.optimizer) },
  { label: "Schedule", of: ({ results: r }) => named(r.training?.schedule) },
  { label: "Augmentation", of: ({ results: r }) => (r.training ? name(optionText(r.training.augmentation)) : NOTHING) },
  {
    label: "Epochs, batch",
    of: ({ results: r }) =>
      r.training ? `${r.training.epochs.length} of ${r.training.epochs_planned}, ${r.training.batch_size}` : NOTHING,
  },
  { label: "Selection rule", of: ({ results: r }) => (r.selection ? name(r.selection.definition) : NOTHING) },
  { label: "Seed", of: ({ results: r }) => (r.seed === null ? NOTHING : String(r.seed)) },
  { label: "Catalog, SHA-256", of: ({ results: r }) => hash(r.hashes.catalog) },
  { label: "Recipe, SHA-256", of: ({ results: r }) => hash(r.hashes.recipe) },
  { label: "Weights, SHA-256", of: ({ results: r }) => hash(r.hashes.weights) },
  { label: "Predictions, SHA-256", of: ({ results: r }) => hash(r.hashes.predictions) },
  { label: "evenhand", of: ({ results: r }) => r.evenhand_version },
  {
    label: "Libraries",
    of: ({ results: r }) =>
      r.environment.libraries.length === 0
        ? NOTHING
        : name(r.environment.libraries.map((l) => `${l.name} ${l.version}`).join(", ")),
  },
  {
    label: "Machine",
    of: ({ results: r }) =>
      name(
        [
          r.environment.device,
          r.environment.cpu,
          `${r.environment.threads} threads`,
          r.environment.precision,
          r.environment.system,
          r.environment.compiler,
        ]
          .filter(Boolean)
          .join(", "),
      ),
  },
  {
    label: "Time",
    of: ({ results: r }) => [
      seconds(r.timings.total),
      h("span", { class: "cell-note" }, r.timings.phases.map((p) => `${p.name} ${seconds(p.seconds)}`).join(", ")),
    ],
  },
  { label: "Peak memory", of: ({ results: r }) => bytes(r.peak_memory) },
];

/** One wide cell where all runs agree, so that what differs stands out. */
function factCells(report: Report, fact: Fact): HTMLElement[] {
  const cells = report.runs.map((run) => h("td", { class: "text" }, fact.of(run)));
  if (cells.length < 2 || cells.some((cell) => cell.textContent !== cells[0]!.textContent)) return cells;
  cells[0]!.colSpan = cells.length;
  cells[0]!.classList.add("same");
  return [cells[0]!];
}

function factTable(report: Report): HTMLElement {
  return h(
    "div",
    { class: "table-scroll", role: "region", "aria-label": "Provenance of every run", tabindex: 0 },
    h(
      "table",
      { class: "data facts-table" },
      h("caption", { class: "visually-hidden" }, "Provenance of every run"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td"),
          report.runs.map((run) => h("th", { scope: "col", class: "text" }, name(run.label))),
        ),
      ),
      h(
        "tbody",
        {},
        FACTS.flatMap((fact) => {
          const cells = factCells(report, fact);
          return cells.every((cell) => cell.textContent === NOTHING)
            ? []
            : [h("tr", {}, h("th", { scope: "row", class: "text" }, fact.label), cells)];
        }),
      ),
    ),
  );
}

function commands(report: Report): HTMLElement {
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "Commands"),
    report.runs.map((run) => {
      const line = run.results.command.map(shellWord).join(" ");
      return h(
        "div",
        { class: "command" },
        h("pre", { tabindex: 0, role: "region", "aria-label": `Command of ${run.label}` }, h("code", {}, line)),
        copyButton("Copy", () => line),
      );
    }),
  );
}

function definitions(report: Report): HTMLElement {
  const evaluation = report.baseline.runs[0]!.evaluation;
  const level = evaluation.overall.accuracy?.interval.level ?? 0.95;
  const terms: [string, string][] = [
    ["All images (overall accuracy)", evaluation.overall.definition],
    ["Mean of the groups", evaluation.group_mean.definition],
    ["Worst group", evaluation.worst_group.definition],
    ["Largest gap", evaluation.largest_gap?.definition ?? "needs two groups with images"],
    ["Recall", "right answers among the images that are of the class"],
    ["Precision", "right answers among the images said to be of the class"],
    [
      "Interval of a proportion",
      `${number(100 * level, 3)}% score interval of Wilson (1927): it stays honest for small groups and near 0 and 100%`,
    ],
    [
      "Interval of a difference",
      "hybrid score interval of Newcombe (1998, method 10), made of the two Wilson intervals: that for pairs where both results tell which images were right and the images are the same, else that for independent proportions, which is rather too wide than too narrow",
    ],
    ["Several seeds", "the mean over the seeds, with the lowest and the highest in place of an interval"],
    ["Few images", `a group with fewer than ${count(evaluation.few_below)} images: shown, hatched, not judged`],
  ];
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "What the words mean"),
    h(
      "dl",
      { class: "definitions" },
      terms.map(([term, meaning]) => h("div", {}, h("dt", {}, term), h("dd", {}, name(meaning)))),
    ),
  );
}

function limits(): HTMLElement {
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "Limits"),
    h(
      "ul",
      {},
      h("li", {}, "A group is what the annotations say. Where they are wrong or coarse, so are the groups."),
      h("li", {}, "Equal accuracy is one notion of fairness among several; look at recall and precision as well."),
      h("li", {}, "The numbers hold for images like the measured ones, not for every use of the model."),
    ),
  );
}

export const provenance: Section = {
  id: "provenance",
  title: "Method and provenance",
  applies: () => true,
  render(report, element) {
    element.append(
      definitions(report),
      limits(),
      commands(report),
      h(
        "div",
        { class: "flow tight" },
        h("h3", {}, "Every run"),
        report.runs.length > 1 ? h("p", { class: "note" }, "A wide cell holds for all runs.") : null,
        factTable(report),
      ),
    );
  },
};
