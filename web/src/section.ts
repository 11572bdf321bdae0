// section.ts - what a section of the report is.
//
// To add one: write section_<name>.ts that exports a Section, and add its row to section_list.ts. Sections know nothing of
// each other; what they share is in Report. A section that applies has its heading and its link in the contents made for it.
import type { Report } from "./report";
import type { Results } from "./results";

export interface Section {
  /** The anchor in the address, and the name that tests use. */
  id: string;
  title: string;
  applies(report: Report): boolean;
  /** Fills `element`, an empty div below the section's heading. */
  render(report: Report, element: HTMLElement): void;
}

/** A section about data: it stands in every report, also where no model was measured. */
export interface DataSection {
  id: string;
  title: string;
  applies(results: Results): boolean;
  /** `target`: the column that a model learns; null where there is none. */
  render(results: Results, target: string | null, element: HTMLElement): void;
}

/** A section about heads of numbers or masks: it stands in every report whose results have some. */
export interface MeasuredSection {
  id: string;
  title: string;
  applies(all: Results[]): boolean;
  render(all: Results[], element: HTMLElement): void;
}
