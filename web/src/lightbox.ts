// lightbox.ts - one picture large, with its facts; arrow keys go on, Escape closes and gives the focus back.
import { h, replace } from "./dom";
import { count } from "./format";
import type { Report } from "./report";
import type { ListedError } from "./results";
import { altText, errorFacts } from "./section_errors";

export function openLightbox(report: Report, items: ListedError[], first: number): void {
  let at = first;
  const before = document.activeElement;
  const place = h("p", { class: "muted", role: "status" });
  const stage = h("div", { class: "stage" });
  const turn = (by: number): void => {
    at = (at + by + items.length) % items.length;
    show();
  };
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": "One error" },
    h(
      "div",
      { class: "lightbox-bar" },
      place,
      h("button", { type: "button", class: "quiet", click: () => dialog.close() }, "Close"),
    ),
    stage,
    h(
      "div",
      { class: "lightbox-bar" },
      h("button", { type: "button", click: () => turn(-1) }, "← Previous"),
      h("button", { type: "button", click: () => turn(1) }, "Next →"),
    ),
  );
  const show = (): void => {
    const error = items[at]!;
    replace(place, `${count(at + 1)} of ${count(items.length)}`);
    replace(
      stage,
      error.thumbnail === null
        ? h("span", { class: "no-picture large" }, "no picture stored")
        : h("img", { src: error.thumbnail, alt: altText(report, error) }),
      errorFacts(report, error),
      h("p", { class: "file" }, h("code", {}, error.file)),
    );
  };
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight" || event.key === "ArrowDown") turn(1);
    else if (event.key === "ArrowLeft" || event.key === "ArrowUp") turn(-1);
    else if (event.key === "Home") {
      at = 0;
      show();
    } else if (event.key === "End") {
      at = items.length - 1;
      show();
    } else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  document.body.append(dialog);
  show();
  dialog.showModal();
}
