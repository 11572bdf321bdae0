// section_verdict.ts - what was found, in a sentence that needs no training to read, and the four numbers behind it.
import { h, name, quoted, type Child } from "./dom";
import { symbolIcon } from "./chart";
import { count, ofHundred, percent, plural, points, size } from "./format";
import { differenceText, direction, gapText, measured, spreadText, strip, type StripMark } from "./measure_text";
import {
  differ,
  groupMean,
  groupMeanOf,
  groupMeasure,
  groupOf,
  isSample,
  largestGap,
  overall,
  overallOf,
  worstGroup,
  worstGroupIndices,
  type Entry,
  type Report,
} from "./report";
import type { Section } from "./section";
import type { Estimate } from "./statistics";

type Outcome = "good" | "bad" | "unclear";
interface Finding {
  outcome: Outcome;
  badge: string;
  headline: Child;
}

/** The group that the verdict is about: the baseline's worst (of its first run, when seeds disagree). */
function subject(report: Report): number | null {
  return worstGroupIndices(report.baseline)[0] ?? null;
}

function find(report: Report): Finding {
  const group = subject(report);
  if (group === null) return unclear("Not enough data", "No image of this split has both a label and a prediction.");
  if (largestGap(report.baseline) === null) {
    const right = ofHundred(groupMeasure(report.baseline, group)!.value);
    return unclear(
      "Not enough data",
      `Only one group has images, so no group can be compared with another. Its answer is right for ${right} images.`,
    );
  }
  return report.best === null ? findGap(report, group) : findChange(report, group, report.best);
}

const unclear = (badge: string, headline: Child): Finding => ({ outcome: "unclear", badge, headline });

/** The baseline against the best of the others. */
function findChange(report: Report, group: number, best: Entry): Finding {
  const right = (entry: Entry): string => ofHundred(groupMeasure(entry, group)?.value ?? 0);
  const headline: Child = [
    [
      quoted(report.groups[group]!.name),
      ": right for ",
      right(report.baseline),
      " images with the baseline ",
      name(report.baseline.label),
    ],
    [", for ", right(best), " with ", name(best.label), "."],
  ];
  const sense = direction(differ(groupOf(group), best, report.baseline));
  if (sense === "up") return { outcome: "good", badge: "Improved", headline };
  if (sense === "down") return { outcome: "bad", badge: "Worse", headline };
  return unclear("No clear improvement", headline);
}

/** One result alone: do its groups differ? */
function findGap(report: Report, worst: number): Finding {
  const { evaluation } = report.baseline.runs[0]!;
  const best = evaluation.largest_gap!.best.group;
  const right = (g: number): string => ofHundred(groupMeasure(report.baseline, g)!.value);
  const named = (g: number): Child => quoted(report.groups[g]!.name);
  const both: Child = ["right for ", right(best), " images of ", named(best), ", for ", right(worst), " of ", named(worst), "."];
  if (largestGap(report.baseline)!.low <= 0)
    return { outcome: "good", badge: "No clear gap", headline: ["No clear difference between the groups: ", both] };
  if ([worst, best].some((g) => evaluation.groups[g]!.verdict === "few"))
    return unclear("A gap, but on few images", ["Too few images to be sure: ", both]);
  return {
    outcome: "bad",
    badge: "Gap found",
    headline: [named(best), ": right for ", right(best), " images. ", named(worst), ": right for only ", right(worst), "."],
  };
}

const ICONS: Record<Outcome, string> = { good: "✓", bad: "!", unclear: "?" };

function withSeeds(entry: Entry): string {
  return entry.runs.length > 1 ? ` (mean of ${entry.runs.length} seeds)` : "";
}

function sentences(report: Report): Child[][] {
  const { baseline, best } = report;
  const group = subject(report);
  const list: Child[][] = [];
  if (group === null) return list;
  const gap = largestGap(baseline);
  const before = groupMeasure(baseline, group)!;
  const top = baseline.runs[0]!.evaluation.largest_gap?.best.group ?? null;
  list.push([
    best === null ? "With " : "With the baseline ",
    name(baseline.label),
    withSeeds(baseline),
    ", accuracy is ",
    h("strong", {}, measured(before)),
    " for ",
    quoted(report.groups[group]!.name),
    " (",
    plural(before.n, "image"),
    ")",
    top === null
      ? "."
      : [
          " and ",
          h("strong", {}, measured(groupMeasure(baseline, top))),
          " for ",
          quoted(report.groups[top]!.name),
          ": a gap of ",
          h("strong", {}, gapText(gap)),
          ".",
        ],
  ]);
  if (best !== null) {
    const change = differ(groupOf(group), best, baseline);
    const after = groupMeasure(best, group);
    list.push([
      "With ",
      name(best.label),
      withSeeds(best),
      ", ",
      quoted(report.groups[group]!.name),
      " reaches ",
      h("strong", {}, measured(after)),
      ", a change of ",
      h("strong", {}, differenceText(change)),
      direction(change) === "unclear" ? ": no clear difference." : ".",
    ]);
    const now = worstGroupIndices(best);
    if (now.length > 0 && !(now.length === 1 && now[0] === group)) {
      list.push([
        "The worst group is now ",
        now.map((g, i) => [i > 0 ? " or " : "", quoted(report.groups[g]!.name)]),
        " with ",
        h("strong", {}, measured(worstGroup(best))),
        ".",
      ]);
    }
    const cost = differ(overallOf, best, baseline);
    const sense = direction(cost);
    list.push([
      "Over all images the accuracy ",
      sense === "unclear" ? "hardly changes: " : sense === "up" ? "rises: " : "falls: ",
      h("strong", {}, differenceText(cost)),
      ".",
    ]);
  }
  return list;
}

function unjudged(report: Report): HTMLElement[] {
  const groups = report.baseline.runs[0]!.evaluation.groups;
  const least = report.baseline.runs[0]!.evaluation.few_below;
  const none = groups.filter((g) => g.verdict === "none");
  const few = groups.filter((g) => g.verdict === "few");
  if (none.length + few.length === 0) return [];
  const list = (items: typeof groups, tail: (n: number) => string): Child =>
    items.map((g, i) => [i > 0 ? ", " : "", quoted(g.name), tail(g.n)]);
  return [
    h(
      "div",
      { class: "callout unclear" },
      h("span", { class: "callout-icon", "aria-hidden": "true" }, "?"),
      h(
        "div",
        {},
        h("p", { class: "callout-title" }, "Not enough data to judge every group"),
        none.length > 0
          ? h(
              "p",
              {},
              "Without images: ",
              list(none, () => ""),
              ". Nothing can be said about ",
              none.length === 1 ? "it" : "them",
              ".",
            )
          : null,
        few.length > 0
          ? h(
              "p",
              {},
              `Fewer than ${count(least)} images: `,
              list(few, (n) => ` (${count(n)})`),
              ". Read the interval, not the number.",
            )
          : null,
      ),
    ),
  ];
}

function rules(report: Report): HTMLElement[] {
  const list = report.runs.flatMap((run) => (run.results.rules ?? []).map((rule) => ({ run, rule })));
  const sign = {
    pass: ["good", "✓", "Passed"],
    fail: ["bad", "!", "Failed"],
    "not enough data": ["unclear", "?", "Not enough data"],
  } as const;
  return list.map(({ run, rule }) => {
    const [outcome, icon, word] = sign[rule.outcome];
    return h(
      "div",
      { class: `callout ${outcome}` },
      h("span", { class: "callout-icon", "aria-hidden": "true" }, icon),
      h(
        "div",
        {},
        h("p", { class: "callout-title" }, `${word}: `, h("code", {}, rule.rule), " (", name(run.label), ")"),
        h("p", {}, rule.sentence),
      ),
    );
  });
}

interface Tile {
  title: string;
  note: Child;
  of: (entry: Entry) => (Estimate & { spread: "interval" | "seeds" }) | null;
  change: string;
  show: (value: number) => string;
}

function tile(report: Report, spec: Tile): HTMLElement {
  const shown = report.best === null ? [report.baseline] : [report.baseline, report.best];
  const marks: StripMark[] = [];
  const lines = shown.map((entry) => {
    const m = spec.of(entry);
    const symbol = entry.isBaseline ? "circle" : "diamond";
    if (m !== null) marks.push({ ...m, color: entry.color, symbol });
    return h(
      "div",
      { class: "tile-line" },
      h("dt", { class: shown.length === 1 ? "visually-hidden" : null }, symbolIcon(symbol, entry.color), name(entry.label)),
      h(
        "dd",
        {},
        h("span", { class: "tile-value" }, m === null ? "–" : spec.show(m.value)),
        m === null ? null : h("span", { class: "interval" }, spreadText(m)),
      ),
    );
  });
  return h(
    "section",
    { class: "tile" },
    h("h3", {}, spec.title),
    h("p", { class: "tile-note" }, spec.note),
    h("dl", { class: shown.length === 1 ? "alone" : null }, lines),
    strip(marks),
    report.best === null ? null : h("p", { class: "tile-change" }, "Difference: ", spec.change),
  );
}

function tiles(report: Report): HTMLElement {
  const { baseline, best } = report;
  const group = subject(report)!;
  const change = (of: Parameters<typeof differ>[0]): string => (best === null ? "" : differenceText(differ(of, best, baseline)));
  const closed = best === null ? null : largestGap(best);
  const open = largestGap(baseline);
  return h(
    "div",
    { class: "tiles" },
    tile(report, {
      title: "Worst group",
      note: ["Accuracy for ", name(report.groups[group]!.name)],
      of: (e) => groupMeasure(e, group),
      show: percent,
      change: change(groupOf(group)),
    }),
    tile(report, { title: "All images", note: "Large groups weigh more", of: overall, show: percent, change: change(overallOf) }),
    tile(report, {
      title: "Mean of groups",
      note: "Groups weigh the same",
      of: groupMean,
      show: percent,
      change: change(groupMeanOf),
    }),
    tile(report, {
      title: "Largest gap",
      note: "Points, best to worst",
      of: largestGap,
      show: (x) => size(x),
      change: closed && open ? `${points(closed.value - open.value)} points` : "–",
    }),
  );
}

function notes(report: Report): HTMLElement {
  const rules = [...new Set(report.runs.map((run) => run.results.selection?.definition).filter((d) => d !== undefined))];
  const others = report.entries.length - 1;
  const { n, unlabelled, unpredicted = 0 } = report.baseline.runs[0]!.evaluation;
  return h(
    "p",
    { class: "note" },
    `Measured on ${plural(n, "image")} of the split “${report.splitName}”. `,
    unlabelled > 0 ? `Left out: ${plural(unlabelled, "image")} without a label. ` : "",
    unpredicted > 0 ? `Left out: ${plural(unpredicted, "image")} without a prediction. ` : "",
    `Square brackets hold ${percent(report.baseline.runs[0]!.evaluation.overall.accuracy?.interval.level ?? 0.95, 0)} intervals. `,
    rules.length > 0 ? `Weights kept: ${rules.join("; ")}. ` : "",
    others > 1
      ? `${report.best!.label} is the best of ${others} methods on these very images, so its result is slightly flattered.`
      : "",
  );
}

export const verdict: Section = {
  id: "verdict",
  title: "Verdict",
  applies: () => true,
  render(report, element) {
    const found = find(report);
    element.append(
      h(
        "div",
        { class: `verdict ${found.outcome}` },
        h("p", { class: "badge" }, h("span", { class: "badge-icon", "aria-hidden": "true" }, ICONS[found.outcome]), found.badge),
        h("p", { class: "headline" }, found.headline),
        h(
          "ul",
          { class: "sentences" },
          sentences(report).map((s) => h("li", {}, s)),
        ),
      ),
    );
    if (isSample(report))
      element.append(
        h(
          "div",
          { class: "callout unclear" },
          h("span", { class: "callout-icon", "aria-hidden": "true" }, "?"),
          h("p", {}, "These numbers were invented to test the report. They say nothing about any model."),
        ),
      );
    element.append(...unjudged(report), ...rules(report));
    if (subject(report) !== null) element.append(tiles(report));
    element.append(notes(report));
  },
};
