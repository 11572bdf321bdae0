// series.ts - how groups look as lines: colour, dash and symbol together, so that none of them carries the meaning alone.
import { worstFirst, type Report } from "./report";

export interface Series {
  group: number;
  label: string;
  color: string;
  dash: string | null;
  symbol: "circle" | "square" | "triangle" | "diamond" | "star" | "wye";
  named: boolean;
}

const COLORS = 6;
const MOST_NAMED = 6;
const DASHES = [null, "7 3", "2 3", "9 3 2 3", "12 4", "4 2 1 2"];
const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "wye"] as const;

/** The worst groups of the baseline have a colour and a name each; the rest are thin grey lines when there are many. */
export function groupSeries(report: Report): Series[] {
  const order = worstFirst(report);
  const many = order.length > MOST_NAMED;
  return order.map((group, rank) => {
    const named = !many || rank < MOST_NAMED;
    return {
      group,
      label: report.groups[group]!.name,
      named,
      color: named ? `var(--group-${rank % COLORS})` : "var(--ink-faint)",
      dash: named ? DASHES[rank % DASHES.length]! : null,
      symbol: SYMBOLS[rank % SYMBOLS.length]!,
    };
  });
}
