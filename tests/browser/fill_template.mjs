// fill_template.mjs - fills the report template as docs/report_template.md says, for the tests. The program has its own in C.

const TOKENS = /@@EVENHAND_(TITLE|STATIC|DATA)@@/g;

export const escapeHtml = (text) =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);

const escapeJson = (value) =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

const percent = (x) => `${(100 * x).toFixed(1)}%`;
const shown = (p) =>
  p === null ? "no data" : `${percent(p.value)} [${(100 * p.interval.low).toFixed(1)}, ${(100 * p.interval.high).toFixed(1)}]`;

function groupTable(results, evaluation) {
  const rows = evaluation.groups.map(
    (g) =>
      `<tr><th scope="row" class="text">${escapeHtml(g.name)}</th><td class="number">${g.correct}/${g.n}</td><td class="number">${shown(g.accuracy)}</td><td class="text">${{ ok: "yes", few: "few images", none: "no images" }[g.verdict]}</td></tr>`,
  );
  return `<section><h2>${escapeHtml(results.name)}</h2><p class="verdict-sentence">Worst group: ${escapeHtml(evaluation.worst_group.name ?? "none")}, ${shown(evaluation.worst_group.accuracy)}.</p>
<div class="table-scroll" role="region" aria-label="Groups of ${escapeHtml(results.name)}" tabindex="0"><table class="data"><caption>Accuracy of each group</caption><thead><tr><th scope="col" class="text">Group</th><th scope="col" class="number">Correct</th><th scope="col" class="number">Accuracy</th><th scope="col" class="text">Enough data?</th></tr></thead><tbody>${rows.join("")}</tbody></table></div></section>`;
}

/** One pass over the template, so that a token inside the data is never replaced. */
export function fillTemplate(template, title, results) {
  const parts = {
    TITLE: escapeHtml(title),
    DATA: escapeJson(results),
    STATIC: results
      .map((r) =>
        r.evaluation.length === 0
          ? `<section><h2>${escapeHtml(r.name)}</h2><p>${escapeHtml(r.groups.map((g) => g.name).join(", "))}</p></section>`
          : groupTable(r, r.evaluation[0].splits[0]),
      )
      .join("\n"),
  };
  return template.replace(TOKENS, (_, token) => parts[token]);
}
