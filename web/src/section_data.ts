// section_data.ts - who is in the data: images by group, label and split, what is missing, what goes together.
import { h, name, type Child } from "./dom";
import { count, percent, plural } from "./format";
import type { CountCell, Results } from "./results";
import type { DataSection } from "./section";
import { cramersV } from "./statistics";
import { dataTable, type TableColumn } from "./table";

interface Cells {
  splits: string[];
  labels: (string | null)[] | null;
  n: (group: number, split: string, label: string | null | undefined) => number;
}

/** Without a label dimension when the label is itself a group column, because then every group has one label. */
function readCells(results: Results, target: string, alone: boolean): Cells {
  const cells = results.data.counts.find((c) => c.column === target)?.cells ?? [];
  const splits = [...new Set([...results.data.splits.map((s) => s.name), ...cells.map((c) => c.split)])];
  const column = results.data.columns.find((c) => c.name === target);
  const all: (string | null)[] = [...new Set([...(column?.classes ?? []), ...cells.map((c) => c.label)])];
  const index = new Map<string, number>();
  const key = (group: number, split: string, label: string | null | undefined): string =>
    JSON.stringify([group, split, label ?? null]);
  for (const c of cells) {
    index.set(key(c.group, c.split, c.label), (index.get(key(c.group, c.split, c.label)) ?? 0) + c.n);
    index.set(JSON.stringify([c.group, c.split]), (index.get(JSON.stringify([c.group, c.split])) ?? 0) + c.n);
  }
  const crossed = !alone && !results.task.group_columns.includes(target) && all.length > 0 && all.length <= 12;
  return {
    splits,
    labels: crossed ? all : null,
    n: (group, split, label) => index.get(label === undefined ? JSON.stringify([group, split]) : key(group, split, label)) ?? 0,
  };
}

/** `alone`: without the labels. */
function countsTable(results: Results, target: string, alone: boolean): HTMLElement {
  const cells = readCells(results, target, alone);
  interface Row {
    group: number;
  }
  const rows: Row[] = results.groups.map((_, group) => ({ group }));
  const sum = (split: string, label: string | null | undefined): number =>
    results.groups.reduce((s, _, g) => s + cells.n(g, split, label), 0);
  const columns: TableColumn<Row>[] = [
    {
      label: "Group",
      text: true,
      header: true,
      value: (row) => results.groups[row.group]!.name,
      cell: (row) => name(results.groups[row.group]!.name),
    },
  ];
  for (const split of cells.splits) {
    const total = sum(split, undefined);
    for (const label of cells.labels ?? [undefined]) {
      const most = Math.max(
        ...results.groups.map((_, g) => Math.max(...(cells.labels ?? [undefined]).map((l) => cells.n(g, split, l)))),
      );
      columns.push({
        label: label === undefined ? `${split} (${count(total)})` : `${split}: ${label ?? "(missing)"}`,
        value: (row) => cells.n(row.group, split, label),
        heat: (row) => (most === 0 ? 0 : Math.round(60 * Math.sqrt(cells.n(row.group, split, label) / most))),
        cell: (row) => {
          const n = cells.n(row.group, split, label);
          return [
            h("span", { class: "heat-number" }, count(n)),
            cells.labels === null && total > 0 ? h("span", { class: "heat-share" }, percent(n / total)) : null,
          ];
        },
      });
    }
  }
  const crossing = cells.labels === null ? "group and split" : `group, ${target} and split`;
  return dataTable({ caption: `Images by ${crossing}. The stronger the tint, the more images of that split.`, columns, rows });
}

/** How strongly each group column goes with the label, in the split that is trained on. */
function associations(results: Results, target: string): Child {
  if (results.data.association) return null; /* told with intervals in its own section */
  const cells = results.data.counts.find((c) => c.column === target)?.cells ?? [];
  const split = results.data.splits.find((s) => s.name === "train")?.name ?? results.data.splits[0]?.name;
  const list = results.task.group_columns
    .filter((column) => column !== target)
    .flatMap((column) => {
      const v = cramersV(
        crossTable(
          results,
          cells.filter((c) => c.split === split),
          column,
        ),
      );
      return v === null ? [] : [{ column, v }];
    });
  if (list.length === 0) return null;
  const strength = (v: number): string => (v < 0.1 ? "hardly" : v < 0.3 ? "somewhat" : v < 0.5 ? "clearly" : "strongly");
  return h(
    "p",
    {},
    h("strong", {}, "Association. "),
    list.map(({ column, v }, i) => [
      i > 0 ? " " : "",
      "In “",
      split,
      "”, ",
      name(target),
      " goes ",
      strength(v),
      " with ",
      name(column),
      ` (Cramér’s V ${v.toFixed(2)}, where 0 is none and 1 is complete).`,
    ]),
    " A model can use what goes with the label instead of the label itself.",
  );
}

function crossTable(results: Results, cells: CountCell[], column: string): number[][] {
  const values = [...new Set(results.groups.map((g) => g.values.find((v) => v.column === column)?.value ?? null))];
  const labels = [...new Set(cells.map((c) => c.label))];
  const table = values.map(() => labels.map(() => 0));
  for (const c of cells) {
    const row = table[values.indexOf(results.groups[c.group]?.values.find((v) => v.column === column)?.value ?? null)];
    const j = labels.indexOf(c.label);
    if (row) row[j] = (row[j] ?? 0) + c.n;
  }
  return table;
}

function missing(results: Results): Child {
  const lacking = results.data.columns.filter((c) => c.missing > 0);
  if (lacking.length === 0)
    return h("p", {}, h("strong", {}, "Missing values. "), "None: every image has a value in every column.");
  return h(
    "p",
    {},
    h("strong", {}, "Missing values. "),
    lacking.map((c, i) => [
      i > 0 ? "; " : "",
      name(c.name),
      `: ${plural(c.missing, "image")} (${percent(results.data.images === 0 ? null : c.missing / results.data.images)})`,
    ]),
    ". A missing value in a group column makes a group of its own.",
  );
}

function skipped(results: Results): Child {
  const list = results.data.skipped;
  const total = list.reduce((s, item) => s + item.n, 0);
  if (total === 0) return h("p", {}, h("strong", {}, "Skipped images. "), "None: every image could be read.");
  return h(
    "div",
    {},
    h("p", {}, h("strong", {}, "Skipped images. "), `${plural(total, "image")} could not be used:`),
    h(
      "ul",
      {},
      list.map((item) =>
        h(
          "li",
          {},
          `${count(item.n)} × `,
          name(item.reason),
          item.examples && item.examples.length > 0
            ? h(
                "span",
                { class: "muted" },
                ", for instance ",
                item.examples.slice(0, 3).map((file, i) => [i > 0 ? ", " : "", h("code", {}, name(file))]),
              )
            : null,
        ),
      ),
    ),
  );
}

export const data: DataSection = {
  id: "data",
  title: "Data",
  applies: (results) => results.data.counts.length > 0 || results.data.images > 0,
  render(results, target, element) {
    const { data: set } = results;
    element.append(
      h(
        "p",
        { class: "lead" },
        name(set.name),
        `: ${plural(set.images, "image")} in ${plural(set.splits.length, "split")}`,
        set.split_rule ? [", split ", name(set.split_rule)] : "",
        ". ",
        set.where ? ["Only images where ", h("code", {}, name(set.where)), ". "] : "",
        results.groups.length > 1 ? `${plural(results.groups.length, "group")}: ` : "",
        results.task.group_columns.length > 0
          ? ["the crossing of ", results.task.group_columns.map((c, i) => [i > 0 ? " × " : "", name(c)]), "."]
          : "No group column was named.",
      ),
    );
    const column = set.counts.find((c) => c.column === target)?.column ?? set.counts[0]?.column;
    if (column !== undefined) element.append(countsTable(results, column, target === null && set.counts.length > 4));
    const facts = [column === undefined ? null : associations(results, column), missing(results), skipped(results)].filter(
      (f) => f instanceof Node,
    );
    element.append(h("div", { class: "facts" }, facts));
  },
};
