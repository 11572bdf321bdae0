// section_course.ts - how the training of a run went that learns no classes: its loss, and the scores of its numbers and masks, epoch by epoch.
// A run that learns classes too is told in section_training.ts.
import { h, name, type Child } from "./dom";
import { plural, seconds } from "./format";
import { logged, loggedOf, type Logged } from "./logged";
import type { Epoch, Results } from "./results";
import type { MeasuredSection } from "./section";

const epochsOf = (results: Results): Epoch[] => {
  const epochs = results.training?.epochs ?? [];
  return epochs.some((e) => e.evaluations.length > 0) ? [] : epochs.filter((e) => (e.scores?.length ?? 0) > 0);
};

function lossChart(epochs: Epoch[]): Logged {
  const line = (label: string, of: (e: Epoch) => number | null | undefined): Logged["lines"][number] => ({
    label,
    points: epochs.flatMap((e) => (typeof of(e) === "number" ? [{ epoch: e.epoch, value: of(e)! }] : [])),
  });
  const heads = new Set(epochs.flatMap((e) => e.scores!.map((s) => s.head)));
  const held = heads.size === 1 ? [line(epochs[0]!.scores![0]!.split, (e) => e.scores![0]!.loss)] : [];
  return { title: "loss", lines: [line("training", (e) => e.loss), ...held].filter((l) => l.points.length > 0) };
}

function course(results: Results, epochs: Epoch[]): Child {
  const kept = results.selection;
  return [
    h(
      "p",
      {},
      name(results.name),
      `: ${plural(epochs.length, "epoch")}, ${seconds(epochs.reduce((sum, e) => sum + e.seconds, 0))}. `,
      kept ? ["Epoch ", h("strong", {}, kept.epoch), " was kept: ", name(kept.definition), "."] : null,
    ),
    h(
      "div",
      { class: "columns" },
      [lossChart(epochs), ...loggedOf(epochs)].filter((c) => c.lines.length > 0).map((c) => logged(c, epochs.length)),
    ),
  ];
}

export const courses: MeasuredSection = {
  id: "course",
  title: "Training of numbers and masks",
  applies: (all) => all.some((results) => epochsOf(results).length > 0),
  render(all, element) {
    const runs = all.map((results) => ({ results, epochs: epochsOf(results) })).filter((run) => run.epochs.length > 0);
    element.append(
      h(
        "div",
        { class: "flow" },
        runs.map((run) => course(run.results, run.epochs)),
      ),
    );
  },
};
