// main.ts - reads the embedded results and fills the page. Until that has worked, the plain tables stay in view.
import { choice, h, name } from "./dom";
import { plural } from "./format";
import { buildReport, findStudies, type Report } from "./report";
import { parseResults, type Results } from "./results";
import { dataSectionList, measuredSectionList, sectionList } from "./section_list";
import { themeButton } from "./theme";

function required(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page lacks its element "${id}"`);
  return element;
}

function contents(ids: { id: string; title: string }[]): HTMLElement {
  const links = ids.map(({ id, title }) => h("a", { href: `#${id}` }, title));
  const seen = new IntersectionObserver(
    (changes) => {
      for (const change of changes)
        if (change.isIntersecting)
          links.forEach((link) => {
            if (link.hash === `#${change.target.id}`) link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
          });
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  for (const { id } of ids) seen.observe(required(id));
  return h(
    "ul",
    {},
    links.map((link) => h("li", {}, link)),
  );
}

function summary(report: Report): HTMLElement {
  const newest = report.all
      .map((r) => r.created)
      .sort()
      .at(-1)!,
    first = report.baseline.runs[0]!.results;
  const versions = [...new Set(report.all.map((r) => r.evenhand_version))];
  return h(
    "p",
    { class: "byline" },
    name(first.data.name),
    " · ",
    name(report.head.target),
    " · ",
    plural(report.runs.length, first.kind === "run" ? "run" : "audit"),
    " · ",
    plural(report.baseline.runs[0]!.evaluation.n, "image"),
    " (",
    name(report.splitName),
    ")",
    " · ",
    h("time", { datetime: newest }, newest.slice(0, 10)),
    ` · evenhand ${versions.join(", ")}`,
  );
}

/** One section of the page, its heading and its body. */
function frame(section: { id: string; title: string }, fill: (body: HTMLElement) => void): HTMLElement {
  const body = h("div", { class: "section-body" });
  fill(body);
  return h(
    "section",
    { id: section.id, class: "report-section", "aria-labelledby": `${section.id}-heading` },
    h("h2", { id: `${section.id}-heading` }, section.title),
    body,
  );
}

/** Puts sections, the line below the title and the contents into the page. */
function place(pickers: HTMLElement[], sections: { id: string; title: string }[], rendered: HTMLElement[], byline: HTMLElement): void {
  required("evenhand-report").replaceChildren(
    ...(pickers.length > 0 ? [h("div", { class: "controls view" }, pickers)] : []),
    ...rendered,
  );
  required("evenhand-byline").replaceChildren(byline);
  const nav = required("evenhand-contents");
  nav.replaceChildren(contents(sections));
  nav.hidden = false;
}

/** A page without a head of classes: numbers, masks, or data alone. */
function showData(all: Results[], index: number): void {
  const results = all[index]!;
  const pickers =
    all.length > 1
      ? [
          choice(
            "Data",
            all.map((r) => (r.kind === "data" ? r.data.name : `${r.data.name} (${r.name})`)),
            index,
            (i) => showData(all, i),
          ),
        ]
      : [];
  const measured = measuredSectionList.filter((section) => section.applies(all));
  const sections = dataSectionList.filter((section) => section.applies(results));
  const target = results.numbers?.[0]?.head ?? results.masks?.[0]?.head ?? null;
  const byline = h(
    "p",
    { class: "byline" },
    name(results.data.name),
    ` · ${plural(results.data.images, "image")} · `,
    h("time", { datetime: results.created }, results.created.slice(0, 10)),
    ` · evenhand ${results.evenhand_version}`,
  );
  place(
    pickers,
    [...measured, ...sections],
    [
      ...measured.map((section) => frame(section, (body) => section.render(all, body))),
      ...sections.map((section) => frame(section, (body) => section.render(results, target, body))),
    ],
    byline,
  );
}

function show(all: Results[], study: number, head: number, split: number): void {
  const studies = findStudies(all);
  if (studies.length === 0) {
    showData(all, 0);
    return;
  }
  const chosen = studies[study]!;
  const report = buildReport(all, chosen, head, split);
  const first = chosen.results[0]!;
  const pickers: HTMLElement[] = [];
  if (studies.length > 1)
    pickers.push(
      choice(
        "Data and question",
        studies.map((s) => s.title),
        study,
        (i) => show(all, i, 0, 0),
      ),
    );
  if (first.task.heads.length > 1)
    pickers.push(
      choice(
        "Output",
        first.task.heads.map((x) => x.name),
        head,
        (i) => show(all, study, i, 0),
      ),
    );
  const splits = first.evaluation.find((e) => e.head === report.head.name)?.splits ?? [];
  if (splits.length > 1)
    pickers.push(
      choice(
        "Split",
        splits.map((s) => s.split),
        split,
        (i) => show(all, study, head, i),
      ),
    );
  const focused =
    document.activeElement instanceof HTMLSelectElement ? document.activeElement.previousElementSibling?.textContent : null;
  const sections = sectionList.filter((section) => section.applies(report));
  place(
    pickers,
    sections,
    sections.map((section) => frame(section, (body) => section.render(report, body))),
    summary(report),
  );
  if (focused)
    [...required("evenhand-report").querySelectorAll<HTMLElement>(".view .choice")]
      .find((c) => c.querySelector("label")?.textContent === focused)
      ?.querySelector("select")
      ?.focus();
}

function start(): void {
  const tools = required("evenhand-tools");
  tools.replaceChildren(themeButton(), h("button", { type: "button", class: "quiet", click: () => window.print() }, "Print"));
  try {
    show(parseResults(required("evenhand-data").textContent ?? ""), 0, 0, 0);
    const plain = required("evenhand-static"); /* said again above, so it would only be weight */
    plain.replaceChildren();
    plain.hidden = true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    required("evenhand-report").replaceChildren(
      h(
        "p",
        { class: "callout bad", role: "alert" },
        `The interactive part cannot be shown: ${reason}. The tables on this page hold the key numbers.`,
      ),
    );
  }
}

start();
