// format.ts - numbers and names as people read them. English, because the page is in English.

const MINUS = "\u2212";
const NARROW_SPACE = "\u202f";

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function count(n: number): string {
  return grouped.format(n).replaceAll(",", NARROW_SPACE);
}

/** "86.2%". Never rounds to 0 or 100 what is neither. */
export function percent(x: number | null | undefined, digits = 1): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return "–";
  const step = 10 ** -digits;
  const shown = (100 * x).toFixed(digits);
  if (x > 0 && Number(shown) === 0) return `<${step.toFixed(digits)}%`;
  if (x < 1 && Number(shown) === 100) return `>${(100 - step).toFixed(digits)}%`;
  return `${shown}%`;
}

/** A difference of two proportions in percentage points: "+57.3". */
export function points(x: number, digits = 1): string {
  const shown = Math.abs(100 * x).toFixed(digits);
  if (Number(shown) === 0) return shown;
  return `${x < 0 ? MINUS : "+"}${shown}`;
}

/** The same without a sign for what cannot be negative, such as a gap. */
export function size(x: number, digits = 1): string {
  return `${x < 0 ? MINUS : ""}${Math.abs(100 * x).toFixed(digits)}`;
}

export function range(low: number, high: number, digits = 1): string {
  return `[${size(low, digits)}, ${size(high, digits)}]`;
}

export function pointRange(low: number, high: number, digits = 1): string {
  return `[${points(low, digits)}, ${points(high, digits)}]`;
}

/** "14 of 100": a share in whole images, for readers who do not think in percent. */
export function ofHundred(x: number): string {
  const n = Math.round(100 * x);
  if (n === 100 && x < 1) return "99 of 100";
  if (n === 0 && x > 0) return "1 of 100";
  return `${n} of 100`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function number(x: number | null | undefined, digits = 4): string {
  if (x === null || x === undefined || !Number.isFinite(x)) return "–";
  return Number(x.toPrecision(digits)).toString().replace("-", MINUS);
}

export function seconds(s: number): string {
  if (s < 10) return `${s.toFixed(2)} s`;
  if (s < 120) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${whole % 60} s`;
}

export function bytes(n: number | null): string {
  if (n === null) return "–";
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(0)} KiB`;
  if (n < 1024 ** 3) return `${(n / 1024 ** 2).toFixed(0)} MiB`;
  return `${(n / 1024 ** 3).toFixed(2)} GiB`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}

/** A name for a chart, where text cannot wrap: one line, cut with an ellipsis, its direction kept inside. */
export function shorten(text: string, most: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
  const signs = [...line];
  const cut = signs.length > most ? `${signs.slice(0, most - 1).join("")}…` : line;
  return `\u2068${cut}\u2069`;
}

/** A name inside running text of a chart's tooltip: same care, longer. */
export function inline(text: string): string {
  return shorten(text, 80);
}

export function optionText(options: Record<string, unknown>): string {
  const list = Object.entries(options).map(([key, value]) => `${key} ${String(value)}`);
  return list.length === 0 ? "none" : list.join(", ");
}

/** One argument of a command line, quoted as a POSIX shell wants it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
