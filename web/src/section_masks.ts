// section_masks.ts - predicted masks: overlap and precision of every class and group, and pictures beside their masks.
import { choice, h, name, replace, type Child } from "./dom";
import { count, percent } from "./format";
import { byHead, ENOUGH, type Measured } from "./measured";
import type { MaskExample, MaskGroup, MaskHead, MaskMeasure, MaskSplit, Mean } from "./results";
import type { MeasuredSection } from "./section";
import { dataTable } from "./table";

type Item = Measured<MaskHead>;

const share = (x: number | null | undefined): string => percent(x ?? null);

/** "41.2% [38.0, 44.4]" */
function meanShare(mean: Mean | null): Child {
  if (mean === null) return h("span", { class: "muted" }, "no data");
  const { interval } = mean;
  return [
    percent(mean.value),
    interval === null
      ? null
      : [" ", h("span", { class: "interval" }, `[${(100 * interval.low).toFixed(1)}, ${(100 * interval.high).toFixed(1)}]`)],
  ];
}

function comparison(list: Item[], head: string): HTMLElement {
  const of = (item: Item): MaskMeasure => item.head.splits[0]!.overall;
  return dataTable<Item>({
    caption: `${head}: each result on its first split`,
    rows: list,
    columns: [
      { label: "Result", text: true, header: true, cell: (i) => name(i.label), value: (i) => i.label },
      { label: "mAP", cell: (i) => share(of(i).map), value: (i) => of(i).map },
      { label: "Worst class’s AP", cell: (i) => share(of(i).worst_class.ap), value: (i) => of(i).worst_class.ap },
      {
        label: "Worst class",
        text: true,
        cell: (i) => name(of(i).worst_class.class ?? "none"),
        value: (i) => of(i).worst_class.class,
      },
      { label: "Mean IoU", cell: (i) => share(of(i).miou), value: (i) => of(i).miou },
      { label: "Mean Dice", cell: (i) => share(of(i).mean_dice), value: (i) => of(i).mean_dice },
      { label: "Pixel accuracy", cell: (i) => share(of(i).pixel_accuracy), value: (i) => of(i).pixel_accuracy },
    ],
  });
}

function classTable(measure: MaskMeasure, head: MaskHead, of: string): HTMLElement {
  type Row = MaskMeasure["classes"][number];
  const swatch = (row: Row): HTMLElement => {
    const mark = h("span", { class: "swatch", "aria-hidden": "true" });
    mark.style.setProperty("background-color", head.classes.find((c) => c.name === row.class)?.color ?? "transparent");
    return mark;
  };
  const key = (row: Row): number => row.ap ?? 2;
  return dataTable<Row>({
    caption: `Every class over ${of}, worst first. AP: average precision over the pixels.`,
    rows: [...measure.classes].sort((a, b) => key(a) - key(b)),
    columns: [
      { label: "Class", text: true, header: true, cell: (r) => [swatch(r), name(r.class)], value: (r) => r.class },
      { label: "Pixels", cell: (r) => count(r.pixels), value: (r) => r.pixels },
      { label: "AP", cell: (r) => share(r.ap), value: (r) => r.ap },
      { label: "IoU", cell: (r) => share(r.iou), value: (r) => r.iou },
      { label: "Dice", cell: (r) => share(r.dice), value: (r) => r.dice },
    ],
  });
}

function groupTable(split: MaskSplit): HTMLElement {
  const key = (g: MaskGroup): number => g.miou ?? 2;
  return dataTable<MaskGroup>({
    caption: "Every group of images, worst first. The interval is of the mean over images.",
    rows: [...split.groups].sort((a, b) => key(a) - key(b)),
    rowClass: (g) => (g.verdict === "ok" ? null : "hatched"),
    columns: [
      { label: "Group", text: true, header: true, cell: (g) => name(g.name), value: (g) => g.name },
      { label: "Images", cell: (g) => count(g.n), value: (g) => g.n },
      { label: "Mean IoU", cell: (g) => share(g.miou), value: (g) => g.miou },
      { label: "Mean IoU of an image", cell: (g) => meanShare(g.image_miou), value: (g) => g.image_miou?.value ?? null },
      { label: "mAP", cell: (g) => share(g.map), value: (g) => g.map },
      { label: "Pixel accuracy", cell: (g) => share(g.pixel_accuracy), value: (g) => g.pixel_accuracy },
      { label: "Enough data?", text: true, cell: (g) => ENOUGH[g.verdict], value: (g) => ENOUGH[g.verdict] },
    ],
  });
}

function confusionTable(split: MaskSplit, head: MaskHead): Child {
  const matrix = split.confusion;
  if (matrix === null) return null;
  const rows = matrix.map((counts, truth) => ({ truth, counts, total: counts.reduce((a, b) => a + b, 0) }));
  type Row = (typeof rows)[number];
  const part = (r: Row, k: number): number | null => (r.total === 0 ? null : r.counts[k]! / r.total);
  return h(
    "details",
    { class: "numbers" },
    h("summary", {}, "Which class was taken for which"),
    dataTable<Row>({
      caption: "Of the pixels that are truly of the row’s class, the share that was taken for each column’s",
      rows,
      columns: [
        { label: "Truly", text: true, header: true, cell: (r) => name(head.classes[r.truth]!.name), value: (r) => head.classes[r.truth]!.name },
        ...head.classes.map((c, k) => ({
          label: c.name,
          cell: (r: Row) => share(part(r, k)),
          value: (r: Row) => part(r, k),
          heat: (r: Row) => Math.round(50 * Math.sqrt(part(r, k) ?? 0)),
        })),
      ],
    }),
  );
}

function example(item: MaskExample, groups: { name: string }[]): HTMLElement {
  const picture = (source: string | null, what: string): HTMLElement =>
    h(
      "figure",
      {},
      source === null ? h("span", { class: "no-picture" }, "no picture stored") : h("img", { src: source, alt: `${item.file}: ${what}` }),
      h("figcaption", {}, what),
    );
  return h(
    "li",
    { class: "mask-example" },
    picture(item.image, "image"),
    picture(item.truth, "truth"),
    picture(item.predicted, "predicted"),
    h("p", { class: "note" }, name(item.file), ` · mean IoU ${share(item.miou)} · `, name(groups[item.group]?.name ?? "unknown")),
  );
}

function examples(split: MaskSplit, groups: { name: string }[]): Child {
  const shown = split.examples;
  if (!shown || shown.items.length === 0) return null;
  return [
    h("p", { class: "caption" }, shown.definition),
    h(
      "ul",
      { class: "mask-examples" },
      shown.items.map((item) => example(item, groups)),
    ),
  ];
}

function showHead(head: string, list: Item[], element: HTMLElement): void {
  const options = list.flatMap((item) => item.head.splits.map((split) => ({ item, split })));
  const body = h("div", { class: "flow" });
  const show = (index: number): void => {
    const { item, split } = options[index]!;
    replace(
      body,
      classTable(split.overall, item.head, "all images"),
      split.groups.length > 1 ? groupTable(split) : null,
      confusionTable(split, item.head),
      examples(split, item.results.groups),
      h(
        "details",
        { class: "numbers" },
        h("summary", {}, "What these numbers mean"),
        h(
          "dl",
          { class: "error-facts" },
          Object.entries(split.definitions).map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", {}, text))),
        ),
      ),
    );
  };
  element.append(h("h3", {}, name(head)), comparison(list, head));
  if (options.length > 1)
    element.append(
      h(
        "div",
        { class: "controls" },
        choice(
          `Classes of ${head}`,
          options.map(({ item, split }) => `${item.label}, ${split.split}`),
          0,
          show,
        ),
      ),
    );
  element.append(body);
  show(0);
}

export const masks: MeasuredSection = {
  id: "masks",
  title: "Masks",
  applies: (all) => all.some((r) => (r.masks ?? []).length > 0),
  render(all, element) {
    for (const { name: head, list } of byHead(all, (r) => r.masks)) showHead(head, list, element);
  },
};
