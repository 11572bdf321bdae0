// results.ts - the types of results.json, field by field as in docs/results.schema.json.

export interface Interval {
  low: number;
  high: number;
  level: number;
  method: string;
}
export interface Proportion {
  value: number;
  count: number;
  n: number;
  interval: Interval;
}
export type Options = Record<string, string | number | boolean | null>;
export interface NamedOptions {
  name: string;
  options: Options;
}
export type Extra = Record<string, unknown>;

export interface GroupValue {
  column: string;
  value: string | null;
}
export interface Group {
  name: string;
  values: GroupValue[];
}

export interface Column {
  name: string;
  kind: "class" | "number" | "mask" | "text";
  classes: string[] | null;
  missing: number;
}
export interface CountCell {
  split: string;
  group: number;
  label: string | null;
  n: number;
}
export interface Histogram {
  column: string;
  edges: number[];
  names: string[];
  rows: { group: number | null; counts: number[]; missing: number; outside: number }[];
}
export interface Range {
  value: number | null;
  low: number | null;
  high: number | null;
}
export interface Association {
  group: string;
  label: string;
  n: number;
  p: number | null;
  smallest_expected: number | null;
  cramers_v: Range;
  information_bits: Range;
  label_entropy_bits: number | null;
  level: number;
}
export interface Power {
  accuracy: number;
  gap: number;
  alpha: number;
  power: number;
  definition: string;
  groups: { group: number; test: number; others: number; smallest_difference: number | null; images_needed: number | null }[];
}
export interface Pictures {
  property: string;
  rows: { group: number | null; n: number; missing: number; mean: number | null; low: number | null; high: number | null }[];
}
export interface SplitTest {
  column: string;
  test: "chi-square" | "kolmogorov-smirnov";
  part: string | null;
  of_missing: boolean;
  statistic: number | null;
  df: number | null;
  p: number | null;
  p_corrected: number | null;
  design_effect: number | null;
  effect: number | null;
  pooled: number;
  rough: boolean;
  value: string | null;
  value_part: string | null;
  inside: number | null;
  elsewhere: number | null;
}
export interface SplitCheck {
  verdict: "alike" | "untested" | "different" | "leak";
  sentences: string[];
  parts: { name: string; n: number }[];
  images_in_no_part: number;
  alpha: number;
  tests: SplitTest[];
}
export interface Finding {
  image: number;
  file: string;
  action: "keep" | "quarantine" | "relabel" | "look";
  severity: "note" | "warning" | "error";
  score: number;
  evidence: Record<string, unknown>;
  removed: boolean;
  column: string | null;
  suggestion: string | null;
  thumbnail: string | null;
  /** The image that the finding compares with. */
  other?: boolean;
}
export interface Gallery {
  check: string;
  score: number;
  members: number;
  items: Finding[];
}
export interface Planted {
  defect: string;
  planted: number;
  reported: number;
  found: number;
}
export interface Cleaning {
  checks: { name: string; errors: number; warnings: number; notes: number; images: number; clusters: number }[];
  applied: { steps: number; quarantined: number; relabelled: number };
  groups: { group: string; before: number; after: number }[];
  galleries: Gallery[];
  planted?: Planted[];
}
export interface Data {
  name: string;
  format?: string | null;
  images: number;
  columns: Column[];
  splits: { name: string; n: number }[];
  split_rule?: string | null;
  where?: string | null;
  counts: { column: string; cells: CountCell[] }[];
  skipped: { reason: string; n: number; examples?: string[] }[];
  histograms?: Histogram[];
  association?: Association[];
  power?: Power | null;
  pictures?: Pictures[];
  split_check?: SplitCheck | null;
  cleaning?: Cleaning | null;
}

export interface Head {
  name: string;
  kind: "binary" | "classes";
  target: string;
  classes: string[];
  positive_class: string | null;
  loss?: string | null;
}

export interface Model {
  name: string;
  summary?: string;
  options: Options;
  parameters: number | null;
  input: { width: number; height: number; channels: number };
}
export interface Method {
  name: string;
  summary: string;
  source: string | null;
  options: Options;
}
export interface Selection {
  split: string | null;
  metric: "worst_group_accuracy" | "group_mean_accuracy" | "overall_accuracy" | "loss" | "last" | "expression";
  epoch: number;
  value?: number | null;
  definition: string;
}

export interface EpochEvaluation {
  head: string;
  split: string;
  loss: number | null;
  overall_accuracy: number | null;
  group_mean_accuracy: number | null;
  worst_group_accuracy: number | null;
  worst_group: number | null;
  group_accuracies: (number | null)[];
}
export interface Epoch {
  epoch: number;
  loss: number | null;
  learning_rate: number | null;
  seconds: number;
  images_per_second: number | null;
  evaluations: EpochEvaluation[];
  /** Heads that learn no classes. */
  scores?: { head: string; split: string; metric: string; loss: number | null; overall: number | null; group_mean: number | null; worst: number | null }[];
  /** shown: what the run's log names; tables: a method's, {table: {name: value}}. */
  extra?: Extra & { shown?: Record<string, number | null>; tables?: Record<string, Record<string, number | null>> };
}
export interface Training {
  epochs_planned: number;
  batch_size: number;
  optimizer: NamedOptions;
  schedule: NamedOptions;
  augmentation: Options;
  epochs: Epoch[];
}

export interface ClassEvaluation {
  class: string;
  precision: Proportion | null;
  recall: Proportion | null;
}
export type Confusion = number[][] | null;
export interface GroupEvaluation {
  group: number;
  name: string;
  values: GroupValue[];
  n: number;
  correct: number;
  verdict: "ok" | "few" | "none";
  accuracy: Proportion | null;
  classes: ClassEvaluation[];
  confusion: Confusion;
  /** images: which images of the group were right, see docs/results.md. */
  extra?: { images?: { order_sha256: string; right: string } };
}
export interface ScoreHistogram {
  class: string;
  bins: number;
  rows: { group: number; truth: string; counts: number[] }[];
}
export interface ListedError {
  file: string;
  truth: string;
  predicted: string;
  probability: number | null;
  loss: number | null;
  group: number;
  thumbnail: string | null;
}
export interface SplitEvaluation {
  split: string;
  n: number;
  unlabelled: number;
  unpredicted?: number;
  few_below: number;
  groups: GroupEvaluation[];
  overall: { definition: string; accuracy: Proportion | null };
  group_mean: { definition: string; value: number | null; interval: Interval | null; groups_counted: number };
  worst_group: { definition: string; group: number | null; name: string | null; accuracy: Proportion | null };
  largest_gap: {
    definition: string;
    value: number;
    interval: Interval | null;
    best: { group: number; name: string };
    worst: { group: number; name: string };
  } | null;
  classes: ClassEvaluation[];
  confusion: Confusion;
  score_histogram?: ScoreHistogram | null;
  errors: { definition: string; total: number; items: ListedError[] };
}

/** A number that is no proportion: in the units of its column. */
export interface Mean {
  value: number;
  interval: Interval | null;
}
export interface NumberMeasure {
  mae: Mean | null;
  rmse: number | null;
  bias: Mean | null;
  within: { limit: number; share: Proportion | null }[];
}
export interface NumberGroup extends NumberMeasure {
  group: number;
  name: string;
  n: number;
  verdict: "ok" | "few" | "none";
}
export interface NumberError {
  file: string;
  truth: number;
  predicted: number;
  error: number;
  group: number;
  thumbnail: string | null;
}
export interface NumberSplit {
  split: string;
  n: number;
  unlabelled: number;
  few_below: number;
  groups: NumberGroup[];
  overall: NumberMeasure & { definition: string };
  group_mean: { definition: string; value: number | null; interval: Interval | null; groups_counted: number };
  worst_group: { definition: string; group: number | null; name: string | null; mae: Mean | null };
  largest_gap: { definition: string; value: number; interval: Interval | null } | null;
  errors?: { definition: string; total: number; items: NumberError[] };
}
export interface NumberHead {
  head: string;
  loss: string | null;
  splits: NumberSplit[];
}

export interface MaskMeasure {
  pixels: number;
  pixel_accuracy: number | null;
  miou: number | null;
  mean_dice: number | null;
  map: number | null;
  worst_class: { class: string | null; ap: number | null };
  classes: { class: string; pixels: number; ap: number | null; iou: number | null; dice: number | null }[];
}
export interface MaskGroup extends MaskMeasure {
  group: number;
  name: string;
  n: number;
  verdict: "ok" | "few" | "none";
  image_miou: Mean | null;
}
export interface MaskExample {
  file: string;
  group: number;
  miou: number | null;
  image: string | null;
  truth: string;
  predicted: string;
}
export interface MaskSplit {
  split: string;
  n: number;
  few_below: number;
  definitions: Record<string, string>;
  overall: MaskMeasure & { image_miou: Mean | null };
  groups: MaskGroup[];
  worst_group: { definition: string; group: number | null; name: string | null; miou: number | null };
  confusion: number[][] | null;
  examples?: { definition: string; items: MaskExample[] };
}
export interface MaskHead {
  head: string;
  loss: string | null;
  classes: { name: string; color: string }[];
  splits: MaskSplit[];
}

export interface Results {
  format: "evenhand-results";
  format_version: number;
  kind: "run" | "audit" | "data";
  id: string;
  name: string;
  created: string;
  evenhand_version: string;
  command: string[];
  seed: number | null;
  hashes: { catalog: string | null; predictions: string | null; recipe: string | null; weights: string | null };
  environment: {
    cpu: string;
    threads: number;
    system: string;
    device?: string;
    precision?: string;
    compiler?: string;
    libraries: { name: string; version: string }[];
  };
  data: Data;
  groups: Group[];
  task: { heads: Head[]; group_columns: string[] };
  model: Model | null;
  method: Method | null;
  selection: Selection | null;
  training: Training | null;
  evaluation: { head: string; splits: SplitEvaluation[] }[];
  numbers?: NumberHead[];
  masks?: MaskHead[];
  measured_where?: string;
  rules?: { rule: string; outcome: "pass" | "fail" | "not enough data"; sentence: string }[];
  timings: { total: number; phases: { name: string; seconds: number }[] };
  peak_memory: number | null;
  extra?: Extra;
}

/** Reads the embedded array. Throws an Error with a sentence when it is not what this page understands. */
export function parseResults(text: string): Results[] {
  const data: unknown = JSON.parse(text);
  if (!Array.isArray(data) || data.length === 0) throw new Error("the embedded data is not a list of results");
  for (const item of data as Partial<Results>[]) {
    if (item === null || typeof item !== "object" || item.format !== "evenhand-results")
      throw new Error("an embedded element is not an evenhand result");
    if (item.format_version !== 1)
      throw new Error(`format version ${String(item.format_version)} is newer than this page, which reads version 1`);
  }
  return data as Results[];
}
