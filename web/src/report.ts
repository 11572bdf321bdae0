// report.ts - what the sections share: which results belong together, which is the baseline, and one way to ask for a number.
//
// An entry is one configuration: one run, or several runs that differ by their seed alone. A study is the set of results
// that answer the same question (same data set, groups and heads); only those are compared with each other.
import { mean, subtract, type Difference, type Estimate } from "./statistics";
import type { Group, GroupEvaluation, Head, Proportion, Results, SplitEvaluation } from "./results";
import { Store } from "./store";

export interface Run {
  results: Results;
  label: string;
  evaluation: SplitEvaluation;
}

export interface Entry {
  index: number;
  label: string;
  runs: Run[];
  isBaseline: boolean;
  color: string;
  symbol: string;
}

/** One measured number. low and high are an interval (one run) or the lowest and highest seed (several). */
export interface Measure extends Estimate {
  n: number;
  spread: "interval" | "seeds";
}

export interface Study {
  title: string;
  results: Results[];
}

/** What is chosen in the page and shared by several sections. */
export interface Selection {
  run: Run;
  confusionGroup: number | null;
  filter: { truth: string | null; predicted: string | null; group: number | null };
}

export interface Report {
  all: Results[];
  /** Whose data the sections about data describe: a result about data alone, of the same data set, else the baseline. */
  data: Results;
  head: Head;
  splitName: string;
  groups: Group[];
  runs: Run[];
  entries: Entry[];
  baseline: Entry;
  /** The other entry with the highest worst-group accuracy; null when there is nothing to compare. */
  best: Entry | null;
  selection: Store<Selection>;
}

export type Metric = { kind: "accuracy" } | { kind: "recall" | "precision"; class: string };

const SYMBOLS = ["circle", "diamond", "triangle", "square", "star", "wye", "cross"];
const OTHER_COLORS = 6;

function studyKey(r: Results): string {
  return JSON.stringify([
    r.data.name,
    r.data.where ?? null,
    r.measured_where ?? null,
    r.groups,
    r.task.heads.map((head) => [head.name, head.target, head.classes]),
  ]);
}

/** Results with a head of classes; the others tell about numbers, masks or data alone. */
export function findStudies(all: Results[]): Study[] {
  const found = new Map<string, Study>();
  for (const r of all) {
    if (r.evaluation.length === 0) continue;
    const study = found.get(studyKey(r));
    if (study) study.results.push(r);
    else found.set(studyKey(r), { title: "", results: [r] });
  }
  for (const study of found.values()) {
    const r = study.results[0]!;
    const crossing = r.task.group_columns.length === 0 ? "no groups" : `groups ${r.task.group_columns.join(" × ")}`;
    study.title = `${r.data.name}: ${r.task.heads.map((head) => head.target).join(", ")} (${crossing})`;
  }
  return [...found.values()];
}

function configurationKey(r: Results): string {
  if (r.kind === "audit" || r.method === null) return `audit ${r.id}`;
  const training = r.training;
  return JSON.stringify([
    r.method.name,
    r.method.options,
    r.model?.name,
    r.model?.options,
    r.selection?.metric,
    r.hashes.catalog,
    training === null
      ? null
      : [training.epochs_planned, training.batch_size, training.optimizer, training.schedule, training.augmentation],
  ]);
}

function unique(labels: string[], other: (index: number) => string): string[] {
  return labels.map((label, i) => (labels.indexOf(label) === labels.lastIndexOf(label) ? label : `${label} (${other(i)})`));
}

function buildEntries(runs: Run[]): Entry[] {
  const byKey = new Map<string, Run[]>();
  for (const run of runs) {
    const key = configurationKey(run.results);
    const known = byKey.get(key);
    if (known && !known.some((r) => r.results.seed === run.results.seed)) known.push(run);
    else byKey.set(known ? `${key} ${run.results.id}` : key, [run]);
  }
  const sets = [...byKey.values()];
  const labels = unique(
    sets.map((set) => (set.length === 1 ? set[0]!.label : (set[0]!.results.method?.name ?? set[0]!.label))),
    (i) => sets[i]![0]!.label,
  );
  const erm = sets.findIndex((set) => set[0]!.results.method?.name === "erm");
  const baseline = erm < 0 ? 0 : erm;
  const order = [baseline, ...sets.map((_, i) => i).filter((i) => i !== baseline)];
  return order.map((i, index) => ({
    index,
    label: labels[i]!,
    runs: sets[i]!,
    isBaseline: index === 0,
    color: index === 0 ? "var(--series-0)" : `var(--series-${1 + ((index - 1) % OTHER_COLORS)})`,
    symbol: SYMBOLS[index % SYMBOLS.length]!,
  }));
}

/** Heads and splits to choose from are those of the study's first result. */
export function buildReport(all: Results[], study: Study, headIndex: number, splitIndex: number): Report {
  const first = study.results[0]!;
  const head = first.task.heads[headIndex]!;
  const splitName = first.evaluation.find((e) => e.head === head.name)?.splits[splitIndex]?.split ?? "test";
  const measured = study.results.flatMap((results) => {
    const evaluation = results.evaluation.find((e) => e.head === head.name)?.splits.find((s) => s.split === splitName);
    return evaluation ? [{ results, evaluation }] : [];
  });
  if (measured.length === 0) throw new Error(`no result of the head "${head.name}" on the split "${splitName}"`);
  const labels = unique(
    measured.map((m) => m.results.name),
    (i) => measured[i]!.results.id,
  );
  const runs = measured.map((m, i): Run => ({ ...m, label: labels[i]! }));
  const entries = buildEntries(runs);
  const baseline = entries[0]!;
  let best: Entry | null = null;
  for (const entry of entries.slice(1)) {
    const reached = worstGroup(entry)?.value ?? -1;
    if (best === null || reached > (worstGroup(best)?.value ?? -1)) best = entry;
  }
  const ofBaseline = baseline.runs[0]!.results;
  return {
    all,
    data: all.find((r) => r.kind === "data" && r.data.name === ofBaseline.data.name) ?? ofBaseline,
    head,
    splitName,
    groups: first.groups,
    runs,
    entries,
    baseline,
    best,
    selection: new Store<Selection>({
      run: (best ?? baseline).runs[0]!,
      confusionGroup: null,
      filter: { truth: null, predicted: null, group: null },
    }),
  };
}

const estimateOf = (p: Proportion): Estimate => ({ value: p.value, ...p.interval });

export function measureOf(proportions: (Proportion | null | undefined)[]): Measure | null {
  const known = proportions.filter((p): p is Proportion => p !== null && p !== undefined);
  return known.length === 0 ? null : { ...join(known.map(estimateOf)), n: known[0]!.n };
}

/** One estimate as it is; several as their mean with their range. */
function join(estimates: Estimate[]): Estimate & { spread: "interval" | "seeds" } {
  if (estimates.length === 1) return { ...estimates[0]!, spread: "interval" };
  const values = estimates.map((e) => e.value);
  return { value: mean(values), low: Math.min(...values), high: Math.max(...values), spread: "seeds" };
}

function metricOf(
  group: { accuracy?: Proportion | null; classes: GroupEvaluation["classes"] },
  metric: Metric,
): Proportion | null | undefined {
  if (metric.kind === "accuracy") return group.accuracy;
  return group.classes.find((c) => c.class === metric.class)?.[metric.kind];
}

export function groupMeasure(entry: Entry, group: number, metric: Metric = { kind: "accuracy" }): Measure | null {
  return measureOf(entry.runs.map((run) => metricOf(run.evaluation.groups[group]!, metric)));
}

export function overall(entry: Entry): Measure | null {
  return measureOf(entry.runs.map((run) => run.evaluation.overall.accuracy));
}

/** Without an interval in the file low and high are not a number: the value stands alone. */
export function groupMean(entry: Entry): (Estimate & { spread: "interval" | "seeds" }) | null {
  const known = entry.runs.map(groupMeanOf).filter((e) => e !== null);
  return known.length === 0 ? null : join(known);
}

/** Every run's own worst group: with several seeds it may be another group in each. */
export function worstGroup(entry: Entry): Measure | null {
  return measureOf(entry.runs.map((run) => run.evaluation.worst_group.accuracy));
}

export function worstGroupIndices(entry: Entry): number[] {
  return [...new Set(entry.runs.map((run) => run.evaluation.worst_group.group).filter((g): g is number => g !== null))];
}

export function largestGap(entry: Entry): (Estimate & { spread: "interval" | "seeds" }) | null {
  const gaps = entry.runs.map((run) => run.evaluation.largest_gap).filter((gap) => gap !== null);
  return gaps.length === 0
    ? null
    : join(gaps.map((gap) => ({ value: gap.value, low: gap.interval?.low ?? NaN, high: gap.interval?.high ?? NaN })));
}

type Of = (run: Run) => Estimate | null;
/** An estimate with the images of the groups that it counts. */
const known = (p: Proportion | null | undefined, groups: (GroupEvaluation | undefined)[]): Estimate | null => {
  const told = groups.flatMap((g) => {
    const images = g?.extra?.images;
    return g && images ? [{ n: g.n, correct: g.correct, order: images.order_sha256, right: images.right }] : [];
  });
  return p ? { ...estimateOf(p), ...(told.length === groups.length ? { images: told } : {}) } : null;
};
export const overallOf: Of = ({ evaluation }) =>
  known(
    evaluation.overall.accuracy,
    evaluation.groups.filter((g) => g.n > 0),
  );
export const groupOf =
  (group: number): Of =>
  ({ evaluation }) =>
    known(evaluation.groups[group]?.accuracy, [evaluation.groups[group]]);
export const worstOf: Of = ({ evaluation }) => known(evaluation.worst_group.accuracy, [evaluation.groups[evaluation.worst_group.group ?? -1]]);
export const groupMeanOf: Of = ({
  evaluation: {
    group_mean: { value, interval },
  },
}) => (value === null ? null : { value, low: interval?.low ?? NaN, high: interval?.high ?? NaN });

/** a - b: with one run each an interval; with seeds the mean of the differences and their range, same seeds paired. */
export function differ(of: Of, entry: Entry, other: Entry): Difference | null {
  if (entry.runs.length === 1 && other.runs.length === 1) {
    const a = of(entry.runs[0]!);
    const b = of(other.runs[0]!);
    return a && b ? subtract(a, b) : null;
  }
  const paired = entry.runs.some((run) => other.runs.some((before) => before.results.seed === run.results.seed));
  const values = entry.runs.flatMap((run) =>
    other.runs
      .filter((before) => !paired || before.results.seed === run.results.seed)
      .flatMap((before) => {
        const a = of(run);
        const b = of(before);
        return a && b ? [a.value - b.value] : [];
      }),
  );
  if (values.length === 0) return null;
  return { value: mean(values), low: Math.min(...values), high: Math.max(...values), spread: "seeds" };
}

/** Group indices, the baseline's worst first, groups without images last. */
export function worstFirst(report: Report, metric: Metric = { kind: "accuracy" }): number[] {
  const key = (g: number): number => groupMeasure(report.baseline, g, metric)?.value ?? 2;
  return report.groups.map((_, g) => g).sort((a, b) => key(a) - key(b) || a - b);
}

export function isSample(report: Report): boolean {
  return report.all.some((r) => r.extra?.["sample"] === true);
}
