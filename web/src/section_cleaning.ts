// section_cleaning.ts - what cleaning found, shown; what it took out, and who that was.
import { h, name, type Child } from "./dom";
import { count, number, percent, plural, points } from "./format";
import type { Cleaning, Finding, Gallery, Planted } from "./results";
import type { DataSection } from "./section";
import { dataTable } from "./table";

function planted(list: Planted[]): HTMLElement {
  const rate = (n: number, of: number): number | null => (of === 0 ? null : n / of);
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "Counted against the planted truth"),
    dataTable({
      caption: "Recall: found among the planted. Precision: planted among the reported.",
      rows: list,
      columns: [
        { label: "Defect", text: true, header: true, cell: (p) => name(p.defect), value: (p) => p.defect },
        { label: "Planted", cell: (p) => count(p.planted), value: (p) => p.planted },
        { label: "Reported", cell: (p) => count(p.reported), value: (p) => p.reported },
        { label: "Found", cell: (p) => count(p.found), value: (p) => p.found },
        { label: "Recall", cell: (p) => percent(rate(p.found, p.planted)), value: (p) => rate(p.found, p.planted) },
        { label: "Precision", cell: (p) => percent(rate(p.found, p.reported)), value: (p) => rate(p.found, p.reported) },
      ],
    }),
  );
}

function checkTable(cleaning: Cleaning): HTMLElement {
  return dataTable({
    caption: "Every check and what it found; an image that is kept for others is not counted",
    rows: cleaning.checks,
    columns: [
      { label: "Check", text: true, header: true, cell: (c) => name(c.name), value: (c) => c.name },
      { label: "Images", cell: (c) => count(c.images), value: (c) => c.images },
      { label: "Clusters", cell: (c) => (c.clusters === 0 ? "–" : count(c.clusters)), value: (c) => c.clusters },
      { label: "Errors", cell: (c) => count(c.errors), value: (c) => c.errors },
      { label: "Warnings", cell: (c) => count(c.warnings), value: (c) => c.warnings },
      { label: "Notes", cell: (c) => count(c.notes), value: (c) => c.notes },
    ],
  });
}

/** A cleaning that takes more from one group than from another changes who is in the data. */
function removedTable(groups: Cleaning["groups"]): Child {
  const before = groups.reduce((s, g) => s + g.before, 0);
  const after = groups.reduce((s, g) => s + g.after, 0);
  if (before === after) return null;
  const lost = (g: { before: number; after: number }): number => (g.before === 0 ? 0 : 1 - g.after / g.before);
  const change = (g: { before: number; after: number }): number => g.after / after - g.before / before;
  const most = Math.max(...groups.map(lost), 0.0001);
  return h(
    "div",
    { class: "flow tight" },
    h("h3", {}, "Who was removed"),
    dataTable({
      caption: "Images of each group before and after; the stronger the tint, the larger the share of the group that was taken out",
      rows: groups,
      columns: [
        { label: "Group", text: true, header: true, cell: (g) => name(g.group), value: (g) => g.group },
        { label: "Before", cell: (g) => count(g.before), value: (g) => g.before },
        { label: "After", cell: (g) => count(g.after), value: (g) => g.after },
        {
          label: "Taken out",
          cell: (g) => [
            h("span", { class: "heat-number" }, count(g.before - g.after)),
            h("span", { class: "heat-share" }, percent(lost(g))),
          ],
          value: lost,
          heat: (g) => Math.round((60 * lost(g)) / most),
        },
        { label: "Change of its share, points", cell: (g) => points(change(g), 2), value: change },
      ],
    }),
  );
}

const STATES: Record<Finding["action"], string> = {
  keep: "kept",
  quarantine: "to be taken out",
  relabel: "to be relabelled",
  look: "to be looked at",
};

function stateOf(finding: Finding): string {
  if (finding.removed) return "taken out";
  return finding.other === true ? "the other" : STATES[finding.action];
}

function evidenceText(finding: Finding): string {
  const plain = Object.entries(finding.evidence).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return plain.map(([key, value]) => `${key.replaceAll("_", " ")} ${typeof value === "number" ? number(value, 3) : String(value)}`).join(", ");
}

function findingItem(finding: Finding): HTMLElement {
  const state = stateOf(finding);
  const text = evidenceText(finding);
  return h(
    "li",
    { class: finding.removed || finding.action === "quarantine" ? "find out" : "find" },
    finding.thumbnail === null
      ? h("span", { class: "no-picture" }, "no picture stored")
      : h("img", { src: finding.thumbnail, alt: `${finding.file}: ${state}`, decoding: "async" }),
    h("span", { class: "find-state" }, state),
    finding.suggestion === null ? null : h("span", { class: "find-note" }, name(finding.column ?? "label"), " → ", name(finding.suggestion)),
    text === "" ? null : h("span", { class: "find-note" }, name(text)),
    h("code", { class: "find-file", title: finding.file }, name(finding.file.slice(finding.file.lastIndexOf("/") + 1))),
  );
}

function galleryBlock(gallery: Gallery, index: number): HTMLElement {
  const hidden = gallery.members - gallery.items.length;
  return h(
    "div",
    { class: "find-block" },
    h(
      "p",
      { class: "caption" },
      `${index + 1}. `,
      name(gallery.check),
      `, score ${gallery.score.toFixed(2)}`,
      gallery.members > 1 ? `, ${plural(gallery.members, "image")}` : "",
      hidden > 0 ? `, ${plural(hidden, "is", "are")} not shown` : "",
    ),
    h("ul", { class: "find-list" }, gallery.items.map(findingItem)),
  );
}

function galleries(list: Gallery[]): Child {
  if (list.length === 0) return null;
  const checks = [...new Set(list.map((g) => g.check))];
  return checks.map((check) => {
    const of = list.filter((g) => g.check === check);
    return h(
      "div",
      { class: "flow tight" },
      h("h3", {}, "Findings of ", name(check), ", highest score first"),
      h("div", { class: "find-grid" }, of.map(galleryBlock)),
    );
  });
}

export const cleaning: DataSection = {
  id: "cleaning",
  title: "Cleaning",
  applies: ({ data }) => (data.cleaning ?? null) !== null,
  render({ data }, _, element) {
    const found = data.cleaning!;
    const { steps, quarantined, relabelled } = found.applied;
    element.append(
      h(
        "p",
        { class: "lead" },
        steps === 0
          ? "Nothing was taken out: these are findings."
          : `${plural(quarantined, "image was", "images were")} taken out of use and ${plural(relabelled, "value", "values")} corrected, in ${plural(steps, "step")} that can be undone; no file was touched.`,
      ),
      h("div", { class: "flow" }, checkTable(found), found.planted ? planted(found.planted) : null, removedTable(found.groups), galleries(found.galleries)),
    );
  },
};
