// table.ts - tables with sortable columns and a button that copies them as CSV.
import { freshId, h, type Child } from "./dom";

export interface TableColumn<Row> {
  label: string;
  /** Shown in the cell. */
  cell: (row: Row) => Child;
  /** Sorted by, and written to CSV; null sorts last. */
  value: (row: Row) => number | string | null;
  /** Explains the column to a reader who points at it. */
  note?: string;
  /** 0 to 60: how strongly the cell is tinted. The number in it says the same. */
  heat?: (row: Row) => number;
  /** Text stands left, numbers right. */
  text?: boolean;
  /** The row's name: a header cell. */
  header?: boolean;
}

export interface TableOptions<Row> {
  /** Says what the table holds; stands outside of it, so that it does not scroll away. */
  caption: string;
  columns: TableColumn<Row>[];
  rows: Row[];
  /** Marks a row whose numbers deserve distrust. */
  rowClass?: (row: Row) => string | null;
}

/** RFC 4180, and a leading apostrophe before what a spreadsheet would run as a formula. */
export function csvCell(value: number | string | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { class: "visually-hidden", "aria-hidden": "true", tabindex: -1 });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** A button that copies `text()` and says whether it did. */
export function copyButton(label: string, text: () => string): HTMLElement {
  const said = h("span", { class: "copied", role: "status" });
  const button = h(
    "button",
    {
      type: "button",
      class: "quiet",
      click: () => {
        void copyText(text()).then((done) => {
          said.textContent = done ? "Copied" : "The browser did not allow it";
          setTimeout(() => {
            said.textContent = "";
          }, 2500);
        });
      },
    },
    label,
  );
  return h("span", { class: "copy" }, button, said);
}

function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

export function dataTable<Row>(options: TableOptions<Row>): HTMLElement {
  const { columns, rows } = options;
  const captionId = freshId("caption");
  const body = h("tbody");
  const headers: HTMLTableCellElement[] = [];
  let sorted = -1;
  let descending = false;

  const fill = (order: Row[]): void => {
    body.replaceChildren(
      ...order.map((row) =>
        h(
          "tr",
          { class: options.rowClass?.(row) },
          columns.map((column) => {
            const cell = h(
              column.header ? "th" : "td",
              { scope: column.header ? "row" : null, class: `${column.text ? "text" : "number"}${column.heat ? " heat" : ""}` },
              column.cell(row),
            );
            if (column.heat) cell.style.setProperty("--heat", String(column.heat(row)));
            return cell;
          }),
        ),
      ),
    );
  };
  const sort = (index: number): void => {
    const column = columns[index]!;
    descending = sorted === index ? !descending : false;
    sorted = index;
    const order = [...rows].sort((a, b) => {
      const x = column.value(a);
      const y = column.value(b);
      if (x === null || y === null) return compare(x, y);
      return descending ? compare(y, x) : compare(x, y);
    });
    headers.forEach((header, i) =>
      header.setAttribute("aria-sort", i === index ? (descending ? "descending" : "ascending") : "none"),
    );
    fill(order);
  };
  columns.forEach((column, i) => {
    headers.push(
      h(
        "th",
        { scope: "col", class: column.text ? "text" : "number", "aria-sort": "none" },
        h(
          "button",
          { type: "button", class: "sort", title: column.note, click: () => sort(i) },
          column.label,
          h("span", { class: "sort-mark", "aria-hidden": "true" }),
        ),
      ),
    );
  });
  fill(rows);
  const csv = (): string =>
    [
      columns.map((c) => csvCell(c.label)).join(","),
      ...rows.map((row) => columns.map((c) => csvCell(c.value(row))).join(",")),
    ].join("\r\n") + "\r\n";
  return h(
    "div",
    { class: "table-block" },
    h("p", { id: captionId, class: "caption" }, options.caption),
    h(
      "div",
      { class: "table-scroll", role: "region", "aria-labelledby": captionId, tabindex: 0 },
      h("table", { class: "data", "aria-labelledby": captionId }, h("thead", {}, h("tr", {}, headers)), body),
    ),
    h("div", { class: "table-tools" }, copyButton("Copy as CSV", csv)),
  );
}
