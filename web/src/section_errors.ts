// section_errors.ts - the worst errors with their pictures: a gallery with a lightbox, and the same rows as a table.
import { choice, h, name, replace, type Child } from "./dom";
import { count, number, percent, plural } from "./format";
import { openLightbox } from "./lightbox";
import type { Report, Run, Selection } from "./report";
import type { ListedError } from "./results";
import type { Section } from "./section";
import { dataTable } from "./table";

const FIRST_SHOWN = 18;

export function altText(report: Report, error: ListedError): string {
  return `${error.file}: truth ${error.truth}, predicted ${error.predicted}, group ${report.groups[error.group]?.name ?? "unknown"}`;
}

function picture(report: Report, error: ListedError): HTMLElement {
  if (error.thumbnail === null) return h("span", { class: "no-picture" }, "no picture stored");
  return h("img", { src: error.thumbnail, alt: altText(report, error), decoding: "async" });
}

export function errorFacts(report: Report, error: ListedError): Child {
  return h(
    "dl",
    { class: "error-facts" },
    h("div", {}, h("dt", {}, "truth"), h("dd", {}, name(error.truth))),
    h(
      "div",
      {},
      h("dt", {}, "predicted"),
      h(
        "dd",
        {},
        name(error.predicted),
        error.probability === null ? null : h("span", { class: "muted" }, ` ${percent(error.probability)}`),
      ),
    ),
    h("div", {}, h("dt", {}, "group"), h("dd", {}, name(report.groups[error.group]?.name ?? "unknown"))),
  );
}

function gallery(report: Report, items: ListedError[]): HTMLElement {
  const list = h("ul", { class: "gallery" });
  const add = (from: number, to: number): void =>
    items.slice(from, to).forEach((error, i) => {
      list.append(
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "card", "aria-haspopup": "dialog", click: () => openLightbox(report, items, from + i) },
            picture(report, error),
            errorFacts(report, error),
          ),
        ),
      );
    });
  add(0, FIRST_SHOWN);
  const rest = items.length - FIRST_SHOWN;
  if (rest <= 0) return list;
  const more = h(
    "button",
    {
      type: "button",
      class: "more",
      click: () => {
        add(FIRST_SHOWN, items.length);
        list.querySelectorAll<HTMLElement>("button")[FIRST_SHOWN]?.focus();
        more.remove();
      },
    },
    `Show ${count(rest)} more`,
  );
  return h("div", {}, list, more);
}

function errorTable(report: Report, items: ListedError[]): HTMLElement {
  return dataTable({
    caption: "The listed errors, highest loss first",
    rows: items,
    columns: [
      {
        label: "File",
        text: true,
        header: true,
        cell: (e: ListedError) => h("code", {}, name(e.file)),
        value: (e: ListedError) => e.file,
      },
      { label: "Truth", text: true, cell: (e: ListedError) => name(e.truth), value: (e: ListedError) => e.truth },
      { label: "Predicted", text: true, cell: (e: ListedError) => name(e.predicted), value: (e: ListedError) => e.predicted },
      { label: "Probability", cell: (e: ListedError) => percent(e.probability), value: (e: ListedError) => e.probability },
      { label: "Loss", cell: (e: ListedError) => number(e.loss), value: (e: ListedError) => e.loss },
      {
        label: "Group",
        text: true,
        cell: (e: ListedError) => name(report.groups[e.group]?.name ?? "unknown"),
        value: (e: ListedError) => report.groups[e.group]?.name ?? null,
      },
    ],
  });
}

type Filter = Selection["filter"];

function fits(error: ListedError, filter: Filter): boolean {
  return (
    (filter.truth === null || error.truth === filter.truth) &&
    (filter.predicted === null || error.predicted === filter.predicted) &&
    (filter.group === null || error.group === filter.group)
  );
}

const isFiltered = (filter: Filter): boolean => filter.truth !== null || filter.predicted !== null || filter.group !== null;

function summary(report: Report, run: Run, filter: Filter, shown: number): Child {
  const { total, items, definition } = run.evaluation.errors;
  const listed = plural(items.length, "is listed", "are listed");
  const all: Child = [name(run.label), ` is wrong on ${plural(total, "image")}; ${listed} (`, name(definition), "). "];
  if (!isFiltered(filter)) return all;
  return [
    all,
    h(
      "strong",
      {},
      `Shown: ${plural(shown, "error")}`,
      filter.truth === null ? "" : [" of ", name(filter.truth)],
      filter.predicted === null ? "" : [" taken for ", name(filter.predicted)],
      filter.group === null ? "" : [" in the group ", name(report.groups[filter.group]!.name)],
      ".",
    ),
  ];
}

/** Pictures with the table below; the table alone where no picture was stored. */
function listing(report: Report, items: ListedError[], total: number): Child {
  if (items.length === 0)
    return h("p", { class: "empty" }, total === 0 ? "No errors at all." : "No listed error fits this choice.");
  const table = errorTable(report, items);
  if (items.every((error) => error.thumbnail === null)) return table;
  return [gallery(report, items), h("details", { class: "numbers" }, h("summary", {}, "The same errors as a table"), table)];
}

export const errors: Section = {
  id: "errors",
  title: "Worst errors",
  applies: (report) => report.runs.some((run) => run.evaluation.errors.items.length > 0),
  render(report, element) {
    const body = h("div", { class: "flow" });
    const controls = h("div", { class: "controls" });
    const said = h("p", { class: "lead", role: "status" });
    const none = { truth: null, predicted: null, group: null };
    element.append(said, controls, body);
    const runChoice =
      report.runs.length > 1
        ? choice(
            "Run",
            report.runs.map((r) => r.label),
            0,
            (i) => report.selection.set({ run: report.runs[i]! }),
          )
        : null;
    const groupChoice =
      report.groups.length > 1
        ? choice("Group", ["all groups", ...report.groups.map((g) => g.name)], 0, (i) =>
            report.selection.set({ filter: { ...report.selection.get().filter, group: i === 0 ? null : i - 1 } }),
          )
        : null;
    const clear = h(
      "button",
      {
        type: "button",
        class: "quiet",
        click: () => {
          report.selection.set({ filter: none });
          controls.querySelector("select")?.focus();
        },
      },
      "Show all errors",
    );
    for (const part of [runChoice, groupChoice, clear]) if (part) controls.append(part);
    report.selection.watch(({ run, filter }) => {
      const items = run.evaluation.errors.items.filter((error) => fits(error, filter));
      const runSelect = runChoice?.querySelector("select");
      const groupSelect = groupChoice?.querySelector("select");
      if (runSelect) runSelect.selectedIndex = report.runs.indexOf(run);
      if (groupSelect) groupSelect.selectedIndex = filter.group === null ? 0 : filter.group + 1;
      clear.hidden = !isFiltered(filter);
      replace(said, summary(report, run, filter, items.length));
      replace(body, listing(report, items, run.evaluation.errors.total));
    });
  },
};
