// section_balance.ts - who has which label, how strongly groups and labels go together, and what the test part can tell.
import { chartFigure } from "./chart";
import { drawHistogram, MOST_GROUPS, shownRows } from "./chart_histogram";
import { h, name, type Child } from "./dom";
import { count, number, percent, plural } from "./format";
import type { Association, Histogram, Pictures, Power, Results } from "./results";
import type { DataSection } from "./section";
import { dataTable, type TableColumn } from "./table";

const groupName = (results: Results, group: number | null): string =>
  group === null ? "all images" : (results.groups[group]?.name ?? "unknown");

/** Groups × classes: the share of each class in the group. */
function labelTable(results: Results, column: string): HTMLElement | null {
  const cells = results.data.counts.find((c) => c.column === column)?.cells ?? [];
  if (results.task.group_columns.includes(column)) return null; /* every group has one label */
  const known = results.data.columns.find((c) => c.name === column)?.classes ?? [];
  const labels = [...new Set<string | null>([...known, ...cells.map((c) => c.label)])];
  if (results.groups.length < 2 || labels.length < 2 || labels.length > 24) return null;
  const table = results.groups.map(() => labels.map(() => 0));
  for (const cell of cells) table[cell.group]![labels.indexOf(cell.label)]! += cell.n;
  const totals = table.map((row) => row.reduce((s, n) => s + n, 0));
  const columns: TableColumn<number>[] = [
    { label: "Group", text: true, header: true, cell: (g) => name(groupName(results, g)), value: (g) => groupName(results, g) },
    { label: "Images", cell: (g) => count(totals[g]!), value: (g) => totals[g]! },
    ...labels.map((label, k): TableColumn<number> => {
      const share = (g: number): number | null => (totals[g] === 0 ? null : table[g]![k]! / totals[g]!);
      return {
        label: label ?? "(missing)",
        value: share,
        heat: (g) => Math.round(60 * (share(g) ?? 0)),
        cell: (g) => [
          h("span", { class: "heat-number" }, percent(share(g))),
          h("span", { class: "heat-share" }, count(table[g]![k]!)),
        ],
      };
    }),
  ];
  return dataTable({
    caption: `${column} in every group: the stronger the tint, the larger the share of the group.`,
    columns,
    rows: results.groups.map((_, g) => g),
  });
}

/** Where labels are many, each with two classes: one row a label, the share of its second class in every group. */
function attributeTable(results: Results, columns: string[]): HTMLElement {
  interface Row {
    column: string;
    label: string;
    share: (number | null)[];
    spread: number | null;
  }
  const rows = columns.map((column): Row => {
    const classes = results.data.columns.find((c) => c.name === column)!.classes!;
    const cells = results.data.counts.find((c) => c.column === column)!.cells;
    const known = results.groups.map(() => 0);
    const positive = results.groups.map(() => 0);
    for (const cell of cells) {
      if (cell.label === null) continue;
      known[cell.group]! += cell.n;
      if (cell.label === classes[1]) positive[cell.group]! += cell.n;
    }
    const share = known.map((n, g) => (n === 0 ? null : positive[g]! / n));
    const real = share.filter((s) => s !== null);
    return { column, label: classes[1]!, share, spread: real.length < 2 ? null : Math.max(...real) - Math.min(...real) };
  });
  rows.sort((a, b) => (b.spread ?? -1) - (a.spread ?? -1));
  return dataTable({
    caption: `Share of ${plural(rows.length, "label")} in every group, the widest apart first.`,
    rows,
    columns: [
      { label: "Label", text: true, header: true, cell: (r) => (r.column === r.label ? name(r.label) : [name(r.column), " = ", name(r.label)]), value: (r) => r.column },
      {
        label: "Largest difference, points",
        cell: (r) => (r.spread === null ? "–" : (100 * r.spread).toFixed(1)),
        value: (r) => r.spread,
      },
      ...results.groups.map(
        (group, g): TableColumn<Row> => ({
          label: group.name,
          cell: (r) => percent(r.share[g]),
          value: (r) => r.share[g] ?? null,
          heat: (r) => Math.round(60 * (r.share[g] ?? 0)),
        }),
      ),
    ],
  });
}

/** A table for each label, or one for all of two classes where they are many. */
function labelTables(results: Results): Child[] {
  const columns = results.data.counts.map((c) => c.column).filter((c) => !results.task.group_columns.includes(c));
  const binary = columns.filter((column) => results.data.columns.find((c) => c.name === column)?.classes?.length === 2);
  if (results.groups.length < 2 || binary.length <= 4) return columns.map((c) => labelTable(results, c));
  return [attributeTable(results, binary), ...columns.filter((c) => !binary.includes(c)).map((c) => labelTable(results, c))];
}

const strength = (v: number): string => (v < 0.1 ? "hardly" : v < 0.3 ? "somewhat" : v < 0.5 ? "clearly" : "strongly");
const rangeText = (r: { value: number | null; low: number | null; high: number | null }, digits: number): Child =>
  r.value === null
    ? "–"
    : [
        r.value.toFixed(digits),
        r.low === null || r.high === null
          ? null
          : h("span", { class: "interval" }, ` [${r.low.toFixed(digits)}, ${r.high.toFixed(digits)}]`),
      ];

const MOST_ASSOCIATIONS = 12;

function associationRows(rows: Association[], caption: string): HTMLElement {
  return dataTable({
    caption,
    rows,
    columns: [
      { label: "Group column", text: true, header: true, cell: (a) => name(a.group), value: (a) => a.group },
      { label: "Label", text: true, cell: (a) => name(a.label), value: (a) => a.label },
      {
        label: "Cramér’s V",
        cell: (a) => rangeText(a.cramers_v, 3),
        value: (a) => a.cramers_v.value,
        heat: (a) => Math.round(60 * (a.cramers_v.value ?? 0)),
        note: "Bergsma 2013",
      },
      {
        label: "Information, bits",
        cell: (a) => rangeText(a.information_bits, 4),
        value: (a) => a.information_bits.value,
        note: "what the group tells about the label",
      },
      {
        label: "Share of the label’s",
        cell: (a) => percent(a.label_entropy_bits ? (a.information_bits.value ?? NaN) / a.label_entropy_bits : null),
        value: (a) => (a.label_entropy_bits ? (a.information_bits.value ?? null) : null),
      },
    ],
  });
}

function associationTable(list: Association[]): Child {
  if (list.length === 0) return null;
  const sorted = [...list].sort((a, b) => (b.cramers_v.value ?? -1) - (a.cramers_v.value ?? -1));
  const strongest = sorted[0]!;
  const v = strongest.cramers_v.value;
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "Association"),
    v === null
      ? null
      : h(
          "p",
          { class: "description" },
          name(strongest.label),
          ` goes ${strength(v)} with `,
          name(strongest.group),
          ` (Cramér’s V ${v.toFixed(2)}, where 0 is none and 1 is complete). A model can use what goes with the label instead of the label itself.`,
        ),
    sorted.length > MOST_ASSOCIATIONS + 4
      ? [
          associationRows(
            sorted.slice(0, MOST_ASSOCIATIONS),
            `The ${MOST_ASSOCIATIONS} strongest of ${sorted.length} over all images, with 95% bootstrap intervals; bias removed`,
          ),
          h("details", { class: "numbers" }, h("summary", {}, `All ${sorted.length}`), associationRows(sorted, "Every group column with every label")),
        ]
      : associationRows(sorted, "Group columns and labels over all images, with 95% bootstrap intervals; bias removed"),
  );
}

function powerTable(results: Results, power: Power): Child {
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "What the test part can tell"),
    h(
      "p",
      { class: "description" },
      `The smallest drop in accuracy below ${percent(power.accuracy, 0)} of all other images that is found with a probability of ${percent(power.power, 0)} at an error of ${percent(power.alpha, 0)}. A smaller drop in that group will mostly pass unseen, however real it is. `,
      name(power.definition),
      ".",
    ),
    dataTable({
      caption: "Every group of the test part",
      rows: power.groups,
      rowClass: (g) => (g.smallest_difference === null ? "hatched" : null),
      columns: [
        {
          label: "Group",
          text: true,
          header: true,
          cell: (g) => name(groupName(results, g.group)),
          value: (g) => groupName(results, g.group),
        },
        { label: "Test images", cell: (g) => count(g.test), value: (g) => g.test },
        {
          label: "Smallest drop found, points",
          cell: (g) => (g.smallest_difference === null ? "none" : (100 * g.smallest_difference).toFixed(1)),
          value: (g) => g.smallest_difference,
        },
        {
          label: `Images needed for ${number(100 * power.gap)} points`,
          cell: (g) => (g.images_needed === null ? "no number is enough" : count(g.images_needed)),
          value: (g) => g.images_needed,
        },
      ],
    }),
  );
}

function histogramFigure(results: Results, histogram: Histogram): HTMLElement {
  const names = histogram.rows.map((row) => groupName(results, row.group));
  const shown = shownRows(histogram);
  const left = histogram.rows.length - shown.length;
  const table = dataTable({
    caption: `${histogram.column}: images in each step`,
    rows: histogram.names.map((_, k) => k),
    columns: [
      { label: histogram.column, text: true, header: true, cell: (k: number) => histogram.names[k]!, value: (k: number) => k },
      ...histogram.rows.map((row, i) => ({
        label: names[i]!,
        cell: (k: number) => count(row.counts[k]!),
        value: (k: number) => row.counts[k]!,
      })),
    ],
  });
  const lacking = histogram.rows.reduce((s, row) => s + row.missing, 0);
  return chartFigure({
    title: `${histogram.column} by group`,
    description:
      "Each bar is the share of the group’s images that lies in this step; all rows have the same scale, so shapes can be compared.",
    draw: (width) => drawHistogram(histogram, names, width),
    table,
    note: [
      lacking > 0 ? `${plural(lacking, "image has", "images have")} no value. ` : "",
      left > 0 ? `Drawn are the first ${MOST_GROUPS} groups with values; the table holds all.` : "",
    ].join(""),
  });
}

/** Means of sizes and quality: what differs between groups can be learned instead of the label. */
function pictureTable(results: Results, pictures: Pictures[]): Child {
  const known = pictures.filter((p) => p.rows.some((row) => row.mean !== null));
  const varies = (p: Pictures): boolean => new Set(p.rows.map((row) => row.mean)).size > 1 || p.rows.some((row) => row.low !== row.high);
  const told = known.filter(varies);
  const equal = known.filter((p) => !varies(p));
  const rows = told[0]?.rows.map((_, i) => i) ?? [];
  const same = equal.map((p) => `${p.property} ${number(p.rows.find((row) => row.mean !== null)?.mean)}`).join(", ");
  if (rows.length === 0) return null;
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "The pictures themselves"),
    h(
      "p",
      { class: "description" },
      "Means of each group. Groups that were photographed differently (darker, sharper, larger) can be told apart without looking at anybody.",
      same === "" ? "" : ` The same in all: ${same}.`,
    ),
    dataTable({
      caption: "Sizes and quality, means with 95% intervals",
      rows,
      columns: [
        {
          label: "Group",
          text: true,
          header: true,
          cell: (i: number) => name(groupName(results, told[0]!.rows[i]!.group)),
          value: (i: number) => groupName(results, told[0]!.rows[i]!.group),
        },
        ...told.map((p) => ({
          label: p.property,
          cell: (i: number): Child => {
            const row = p.rows[i]!;
            return [
              number(row.mean, 3),
              row.low === null || row.high === null || row.low === row.high
                ? null
                : h("span", { class: "heat-share" }, `[${number(row.low, 3)}, ${number(row.high, 3)}]`),
            ];
          },
          value: (i: number) => p.rows[i]!.mean,
        })),
      ],
    }),
  );
}

export const balance: DataSection = {
  id: "balance",
  title: "Balance",
  applies: ({ data }) =>
    (data.association?.length ?? 0) > 0 ||
    (data.power ?? null) !== null ||
    (data.histograms?.length ?? 0) > 0 ||
    (data.pictures?.length ?? 0) > 0,
  render(results, _, element) {
    const { data } = results;
    const parts: Child[] = [
      labelTables(results),
      associationTable(data.association ?? []),
      data.power ? powerTable(results, data.power) : null,
      (data.histograms ?? []).filter((x) => shownRows(x).length > 0).map((x) => histogramFigure(results, x)),
      pictureTable(results, data.pictures ?? []),
    ];
    element.append(h("div", { class: "flow" }, parts));
  },
};
