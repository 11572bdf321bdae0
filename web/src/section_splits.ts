// section_splits.ts - are training, validation and test alike, and is nobody in two of them?
import { h, name, type Child } from "./dom";
import { count, number, percent, plural } from "./format";
import type { SplitCheck, SplitTest } from "./results";
import type { DataSection } from "./section";
import { dataTable } from "./table";

const VERDICTS: Record<SplitCheck["verdict"], { tone: string; icon: string; title: string }> = {
  alike: { tone: "good", icon: "✓", title: "The parts are alike" },
  untested: { tone: "unclear", icon: "?", title: "Nothing could be compared" },
  different: { tone: "unclear", icon: "!", title: "The parts differ" },
  leak: { tone: "bad", icon: "!", title: "The parts share what must not be shared" },
};

function pText(p: number | null): string {
  if (p === null) return "–";
  return p < 0.001 ? p.toExponential(1) : p.toFixed(3);
}

function difference(test: SplitTest): Child {
  if (test.part !== null) return `median ${number(test.inside)} / ${number(test.elsewhere)}`;
  return test.value === null
    ? "–"
    : [name(test.value), " in ", name(test.value_part ?? "?"), `: ${percent(test.inside)} / ${percent(test.elsewhere)}`];
}

function testTable(check: SplitCheck): HTMLElement {
  return dataTable({
    caption: "Every test, smallest p first. Corrected p is Holm’s over all tests; effect is Cramér’s V, or the largest distance D of the two distributions.",
    rows: [...check.tests].sort((a, b) => (a.p ?? 2) - (b.p ?? 2)),
    columns: [
      {
        label: "Column",
        text: true,
        header: true,
        cell: (t) => [name(t.column), t.of_missing ? h("span", { class: "cell-note" }, "whether it is missing") : null],
        value: (t) => t.column,
      },
      {
        label: "Test",
        text: true,
        cell: (t) => [
          t.test === "chi-square" ? `chi-square, ${number(t.df)} degrees of freedom` : ["Kolmogorov-Smirnov, ", name(t.part ?? "")],
          t.rough ? h("span", { class: "cell-note" }, "rough: fewer than 5 expected in a cell") : null,
          t.pooled > 0 ? h("span", { class: "cell-note" }, `${plural(t.pooled, "rare class", "rare classes")} counted as one`) : null,
        ],
        value: (t) => t.test,
      },
      { label: "p", cell: (t) => pText(t.p), value: (t) => t.p },
      { label: "Corrected p", cell: (t) => pText(t.p_corrected), value: (t) => t.p_corrected },
      { label: "Effect", cell: (t) => (t.effect === null ? "–" : t.effect.toFixed(3)), value: (t) => t.effect },
      { label: "Largest difference, inside / elsewhere", text: true, cell: difference, value: (t) => t.value ?? t.part },
    ],
  });
}

export const splits: DataSection = {
  id: "splits",
  title: "Splits",
  applies: ({ data }) => (data.split_check ?? null) !== null,
  render({ data }, _, element) {
    const check = data.split_check!;
    const { tone, icon, title } = VERDICTS[check.verdict];
    element.append(
      h(
        "div",
        { class: `callout ${tone}` },
        h("span", { class: "callout-icon", "aria-hidden": "true" }, icon),
        h(
          "div",
          {},
          h("p", { class: "callout-title" }, title),
          check.sentences.map((sentence) => h("p", {}, name(sentence))),
        ),
      ),
      h("p", { class: "note" }, check.parts.map((part, i) => [i > 0 ? " · " : "", name(part.name), ` ${count(part.n)}`])),
    );
    if (check.tests.length > 0) element.append(testTable(check));
  },
};
