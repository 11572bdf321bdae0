// chart_curves.ts - how training went, epoch by epoch: the worst group of every run, the groups and the loss of one.
import * as Plot from "@observablehq/plot";
import { axisStart, gridLines, percentTicks, plotStyle, tipStyle } from "./chart";
import { inline, number, percent } from "./format";
import type { Report, Run } from "./report";
import type { Epoch, EpochEvaluation } from "./results";
import { groupSeries } from "./series";

export interface Curve {
  run: Run;
  color: string;
  symbol: string;
  split: string;
  points: { epoch: Epoch; measured: EpochEvaluation }[];
}

/** The split of the selection rule, else the first that was measured. */
export function curveOf(report: Report, run: Run): Curve | null {
  const { training, selection } = run.results;
  const entry = report.entries.find((e) => e.runs.includes(run));
  if (training === null || entry === undefined) return null;
  const own = (epoch: Epoch): EpochEvaluation[] => epoch.evaluations.filter((e) => e.head === report.head.name);
  const split = selection?.split ?? training.epochs.flatMap(own)[0]?.split;
  if (split === undefined) return null;
  const points = training.epochs.flatMap((epoch) =>
    own(epoch)
      .filter((e) => e.split === split)
      .map((measured) => ({ epoch, measured })),
  );
  return points.length === 0 ? null : { run, color: entry.color, symbol: entry.symbol, split, points };
}

export const epochAxis = (last: number, width: number): Plot.ScaleOptions => ({
  domain: [1, Math.max(2, last)],
  label: "epoch",
  labelAnchor: "center",
  labelArrow: "none",
  ticks: Math.min(last, Math.max(2, Math.floor(width / 55))),
  tickFormat: (e: number) => (Number.isInteger(e) ? String(e) : ""),
});

export function drawWorst(curves: Curve[], width: number): Element {
  interface Point {
    epoch: number;
    value: number;
    title: string;
  }
  const lines = curves.map((curve) => ({
    curve,
    points: curve.points.flatMap((p): Point[] =>
      p.measured.worst_group_accuracy === null
        ? []
        : [
            {
              epoch: p.epoch.epoch,
              value: p.measured.worst_group_accuracy,
              title: `${inline(curve.run.label)}, epoch ${p.epoch.epoch}\nworst group: ${percent(p.measured.worst_group_accuracy)}\nall images: ${percent(p.measured.overall_accuracy)}`,
            },
          ],
    ),
  }));
  const last = Math.max(...curves.map((c) => c.points.at(-1)!.epoch.epoch));
  const kept = lines.flatMap(({ curve, points }) =>
    points.filter((p) => p.epoch === curve.run.results.selection?.epoch).map((p) => ({ ...p, curve })),
  );
  const all = lines.flatMap((l) => l.points);
  return Plot.plot({
    ...plotStyle(width),
    height: 300,
    marginLeft: 44,
    marginRight: 16,
    marginBottom: 40,
    x: epochAxis(last, width),
    y: {
      domain: [axisStart(Math.min(1, ...all.map((p) => p.value))), 1],
      label: null,
      tickFormat: percentTicks(),
      ticks: 6,
    },
    marks: [
      Plot.gridY({ ticks: 6, ...gridLines }),
      ...lines.flatMap(({ curve, points }) => [
        Plot.line(points, { x: "epoch", y: "value", stroke: curve.color, strokeWidth: 2 }),
        Plot.dot(points, { x: "epoch", y: "value", fill: curve.color, symbol: curve.symbol as Plot.SymbolType, r: 2.5 }),
      ]),
      ...kept.map((p) =>
        Plot.dot([p], {
          x: "epoch",
          y: "value",
          stroke: p.curve.color,
          strokeWidth: 2,
          fill: "var(--surface)",
          symbol: p.curve.symbol as Plot.SymbolType,
          r: 7,
        }),
      ),
      Plot.tip(all, Plot.pointer({ x: "epoch", y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}

export function drawGroupCurves(report: Report, curve: Curve, width: number): Element {
  interface Point {
    epoch: number;
    value: number;
    title: string;
  }
  const series = groupSeries(report).map((s) => ({
    ...s,
    points: curve.points.flatMap((p): Point[] => {
      const value = p.measured.group_accuracies[s.group];
      return value === null || value === undefined
        ? []
        : [{ epoch: p.epoch.epoch, value, title: `${inline(s.label)}\nepoch ${p.epoch.epoch}: ${percent(value)}` }];
    }),
  }));
  const overall = curve.points.flatMap((p): Point[] =>
    p.measured.overall_accuracy === null
      ? []
      : [
          {
            epoch: p.epoch.epoch,
            value: p.measured.overall_accuracy,
            title: `all images\nepoch ${p.epoch.epoch}: ${percent(p.measured.overall_accuracy)}`,
          },
        ],
  );
  const all = [...series.flatMap((s) => s.points), ...overall];
  const kept = curve.run.results.selection?.epoch ?? 0;
  return Plot.plot({
    ...plotStyle(width),
    height: 300,
    marginLeft: 44,
    marginRight: 16,
    marginBottom: 40,
    marginTop: 26,
    x: epochAxis(curve.points.at(-1)!.epoch.epoch, width),
    y: {
      domain: [axisStart(Math.min(1, ...all.map((p) => p.value))), 1],
      label: null,
      tickFormat: percentTicks(),
      ticks: 6,
    },
    marks: [
      Plot.gridY({ ticks: 6, ...gridLines }),
      keptMark(kept, curve.points.at(-1)!.epoch.epoch),
      Plot.line(overall, { x: "epoch", y: "value", stroke: "var(--ink)", strokeWidth: 3 }),
      ...series.flatMap((s) => [
        Plot.line(s.points, {
          x: "epoch",
          y: "value",
          stroke: s.color,
          strokeWidth: s.named ? 2 : 1,
          ...(s.dash === null ? {} : { strokeDasharray: s.dash }),
        }),
        Plot.dot(s.points, { x: "epoch", y: "value", fill: s.color, symbol: s.symbol, r: s.named ? 3 : 1.5 }),
      ]),
      Plot.tip(all, Plot.pointer({ x: "epoch", y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}

function keptMark(epoch: number, last: number): Plot.Markish | null {
  if (epoch < 1) return null;
  return [
    Plot.ruleX([epoch], { stroke: "var(--ink-soft)", strokeDasharray: "3 3" }),
    Plot.text([epoch], {
      x: (e: number) => e,
      frameAnchor: "top",
      dy: -16,
      textAnchor: epoch > last / 2 ? "end" : "start",
      text: (e: number) => `kept: epoch ${e}`,
      fill: "var(--ink-soft)",
    }),
  ];
}

export function drawLoss(curve: Curve, width: number): Element {
  interface Point {
    epoch: number;
    value: number;
    title: string;
  }
  const of = (label: string, value: (p: Curve["points"][number]) => number | null): Point[] =>
    curve.points.flatMap((p) => {
      const v = value(p);
      return v === null ? [] : [{ epoch: p.epoch.epoch, value: v, title: `${label}\nepoch ${p.epoch.epoch}: ${number(v)}` }];
    });
  const train = of("training loss", (p) => p.epoch.loss);
  const held = of(`loss on ${inline(curve.split)}`, (p) => p.measured.loss);
  const all = [...train, ...held];
  return Plot.plot({
    ...plotStyle(width),
    height: 300,
    marginLeft: 44,
    marginRight: 16,
    marginBottom: 40,
    marginTop: 26,
    x: epochAxis(curve.points.at(-1)!.epoch.epoch, width),
    y: { domain: [0, Math.max(0.001, ...all.map((p) => p.value))], nice: true, label: null, ticks: 6 },
    marks: [
      Plot.gridY({ ticks: 6, ...gridLines }),
      keptMark(curve.run.results.selection?.epoch ?? 0, curve.points.at(-1)!.epoch.epoch),
      Plot.line(train, { x: "epoch", y: "value", stroke: "var(--series-0)", strokeWidth: 2 }),
      Plot.dot(train, { x: "epoch", y: "value", fill: "var(--series-0)", r: 3 }),
      Plot.line(held, { x: "epoch", y: "value", stroke: "var(--series-1)", strokeWidth: 2, strokeDasharray: "7 3" }),
      Plot.dot(held, { x: "epoch", y: "value", fill: "var(--series-1)", symbol: "square", r: 3 }),
      Plot.tip(all, Plot.pointer({ x: "epoch", y: "value", title: "title", maxRadius: 40, ...tipStyle })),
    ],
  });
}
