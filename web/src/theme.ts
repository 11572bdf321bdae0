// theme.ts - light or dark: the system's wish at first, then the reader's.
import { h } from "./dom";

const KEY = "evenhand-theme";

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; /* files opened from a disk may have no storage */
  }
}

export function themeButton(): HTMLButtonElement {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = (): boolean => (root.dataset["theme"] ?? (dark.matches ? "dark" : "light")) === "dark";
  const button = h("button", { type: "button", class: "quiet theme" });
  const label = (): void => {
    button.textContent = isDark() ? "Light colours" : "Dark colours";
  };
  const wish = stored();
  if (wish === "dark" || wish === "light") root.dataset["theme"] = wish;
  button.addEventListener("click", () => {
    root.dataset["theme"] = isDark() ? "light" : "dark";
    try {
      localStorage.setItem(KEY, root.dataset["theme"]);
    } catch {
      /* then the choice lasts as long as the page */
    }
    label();
  });
  dark.addEventListener("change", label);
  label();
  return button;
}
