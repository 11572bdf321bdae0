// section_list.ts - the sections in the order of the page: nothing else lives in this file.
import { balance } from "./section_balance";
import { cleaning } from "./section_cleaning";
import { comparison } from "./section_comparison";
import { confusion } from "./section_confusion";
import { courses } from "./section_course";
import { data } from "./section_data";
import { errors } from "./section_errors";
import { groups } from "./section_groups";
import { masks } from "./section_masks";
import { numbers } from "./section_numbers";
import { provenance } from "./section_provenance";
import { scores } from "./section_scores";
import { splits } from "./section_splits";
import { training } from "./section_training";
import { verdict } from "./section_verdict";
import type { DataSection, MeasuredSection, Section } from "./section";

/** What tells about the data alone. */
export const dataSectionList: DataSection[] = [data, balance, splits, cleaning];

/** What tells about heads that are not of classes. */
export const measuredSectionList: MeasuredSection[] = [numbers, masks, courses];

const ofMeasured = (section: MeasuredSection): Section => ({
  id: section.id,
  title: section.title,
  applies: (report) => section.applies(report.all),
  render: (report, element) => section.render(report.all, element),
});

const ofData = (section: DataSection): Section => ({
  id: section.id,
  title: section.title,
  applies: (report) => section.applies(report.data),
  render: (report, element) => section.render(report.data, report.head.target, element),
});

export const sectionList: Section[] = [
  verdict,
  ...dataSectionList.map(ofData),
  training,
  groups,
  comparison,
  confusion,
  ...measuredSectionList.map(ofMeasured),
  errors,
  scores,
  provenance,
];
