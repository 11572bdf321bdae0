// section_numbers.ts - predicted numbers: how far off in every group, in which direction, how often close enough.
import { choice, h, name, replace, type Child } from "./dom";
import { count, percent, plural, range } from "./format";
import { byHead, ENOUGH, fixed, meanCell, type Measured } from "./measured";
import type { NumberError, NumberHead, NumberSplit, Proportion, Results } from "./results";
import type { MeasuredSection } from "./section";
import { dataTable, type TableColumn } from "./table";

type Item = Measured<NumberHead>;

/** One row a result: what a reader compares first. */
function comparison(list: Item[], head: string): HTMLElement {
  const first = (item: Item): NumberSplit => item.head.splits[0]!;
  return dataTable<Item>({
    caption: `Mean absolute error of ${head}, each result on its first split. Large groups weigh more over all images; in the mean of groups each weighs the same.`,
    rows: list,
    columns: [
      { label: "Result", text: true, header: true, cell: (i) => name(i.label), value: (i) => i.label },
      { label: "All images", cell: (i) => meanCell(first(i).overall.mae), value: (i) => first(i).overall.mae?.value ?? null },
      {
        label: "Mean of groups",
        cell: (i) => fixed(first(i).group_mean.value),
        value: (i) => first(i).group_mean.value,
      },
      {
        label: "Worst group",
        text: true,
        cell: (i) => name(first(i).worst_group.name ?? "none"),
        value: (i) => first(i).worst_group.name,
      },
      { label: "Its error", cell: (i) => meanCell(first(i).worst_group.mae), value: (i) => first(i).worst_group.mae?.value ?? null },
      {
        label: "Largest gap",
        cell: (i) => meanCell(first(i).largest_gap),
        value: (i) => first(i).largest_gap?.value ?? null,
      },
    ],
  });
}

function shareCell(share: Proportion | null): Child {
  if (share === null) return h("span", { class: "muted" }, "no data");
  return [percent(share.value), " ", h("span", { class: "interval" }, range(share.interval.low, share.interval.high))];
}

/** Every group, worst first, then all images. */
function groupTable(split: NumberSplit, head: string): HTMLElement {
  type Row = Omit<NumberSplit["groups"][number], "group">;
  const key = (row: Row): number => row.mae?.value ?? -1;
  const groups: Row[] = [...split.groups].sort((a, b) => key(b) - key(a) || a.group - b.group);
  const whole: Row = { ...split.overall, name: "all images", n: split.n, verdict: "ok" };
  const columns: TableColumn<Row>[] = [
    { label: "Group", text: true, header: true, cell: (r) => name(r.name), value: (r) => r.name },
    { label: "Images", cell: (r) => count(r.n), value: (r) => r.n },
    { label: "Mean absolute error", cell: (r) => meanCell(r.mae), value: (r) => r.mae?.value ?? null },
    { label: "RMSE", cell: (r) => fixed(r.rmse), value: (r) => r.rmse },
    {
      label: "Mean error",
      note: "Predicted minus true: above 0 the model says too much.",
      cell: (r) => meanCell(r.bias),
      value: (r) => r.bias?.value ?? null,
    },
    ...split.overall.within.map(
      ({ limit }, k): TableColumn<Row> => ({
        label: `Within ${limit}`,
        cell: (r) => shareCell(r.within[k]?.share ?? null),
        value: (r) => r.within[k]?.share?.value ?? null,
      }),
    ),
    { label: "Enough data?", text: true, cell: (r) => ENOUGH[r.verdict], value: (r) => ENOUGH[r.verdict] },
  ];
  return dataTable({
    caption: `Errors of ${head} in each group, worst first`,
    columns,
    rows: groups.length > 1 ? [...groups, whole] : [whole],
    rowClass: (r) => (r.verdict === "ok" ? null : "hatched"),
  });
}

function card(error: NumberError, groups: Results["groups"]): HTMLElement {
  const fact = (term: string, text: Child): HTMLElement => h("div", {}, h("dt", {}, term), h("dd", {}, text));
  return h(
    "li",
    {},
    h(
      "div",
      { class: "card" },
      error.thumbnail === null ? null : h("img", { src: error.thumbnail, alt: error.file, decoding: "async" }),
      h(
        "dl",
        { class: "error-facts" },
        fact("truth", fixed(error.truth, 1)),
        fact("predicted", fixed(error.predicted, 1)),
        fact("group", name(groups[error.group]?.name ?? "unknown")),
      ),
    ),
  );
}

const MOST_CARDS = 18;

function errorList(item: Item, split: NumberSplit): Child {
  const errors = split.errors;
  if (!errors || errors.items.length === 0) return null;
  const sorted = [...errors.items].sort((a, b) => Math.abs(b.error) - Math.abs(a.error));
  const pictured = sorted.filter((e) => e.thumbnail !== null).slice(0, MOST_CARDS);
  return h(
    "details",
    { class: "numbers" },
    h("summary", {}, `The ${plural(errors.items.length, "listed error")}`),
    pictured.length === 0
      ? null
      : h(
          "ul",
          { class: "gallery" },
          pictured.map((e) => card(e, item.results.groups)),
        ),
    dataTable<NumberError>({
      caption: errors.definition,
      rows: sorted,
      columns: [
        { label: "File", text: true, header: true, cell: (e) => h("code", {}, name(e.file)), value: (e) => e.file },
        { label: "Truth", cell: (e) => fixed(e.truth), value: (e) => e.truth },
        { label: "Predicted", cell: (e) => fixed(e.predicted), value: (e) => e.predicted },
        { label: "Error", cell: (e) => fixed(e.error), value: (e) => e.error },
        {
          label: "Group",
          text: true,
          cell: (e) => name(item.results.groups[e.group]?.name ?? "unknown"),
          value: (e) => item.results.groups[e.group]?.name ?? null,
        },
      ],
    }),
  );
}

function showHead(head: string, list: Item[], element: HTMLElement): void {
  const options = list.flatMap((item) => item.head.splits.map((split) => ({ item, split })));
  const body = h("div", { class: "flow" });
  const show = (index: number): void => {
    const { item, split } = options[index]!;
    replace(body, groupTable(split, head), errorList(item, split));
  };
  element.append(h("h3", {}, name(head)));
  if (list.length > 1) element.append(comparison(list, head));
  if (options.length > 1)
    element.append(
      h(
        "div",
        { class: "controls" },
        choice(
          `Groups of ${head}`,
          options.map(({ item, split }) => `${item.label}, ${split.split}`),
          0,
          show,
        ),
      ),
    );
  element.append(body);
  show(0);
}

export const numbers: MeasuredSection = {
  id: "numbers",
  title: "Numbers",
  applies: (all) => all.some((r) => (r.numbers ?? []).length > 0),
  render(all, element) {
    element.append(
      h(
        "p",
        { class: "lead" },
        "How far predicted numbers are from the true ones, in the units of the column. In brackets the 95% interval: of a mean by Student’s distribution, of a share by Wilson’s.",
      ),
    );
    for (const { name: head, list } of byHead(all, (r) => r.numbers)) showHead(head, list, element);
  },
};
