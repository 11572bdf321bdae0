// section_list.ts - the sections in the order of the page: nothing else lives in this file.
import { comparison } from "./section_comparison";
import { confusion } from "./section_confusion";
import { data } from "./section_data";
import { errors } from "./section_errors";
import { groups } from "./section_groups";
import { provenance } from "./section_provenance";
import { scores } from "./section_scores";
import { training } from "./section_training";
import { verdict } from "./section_verdict";
import type { Section } from "./section";

export const sectionList: Section[] = [verdict, data, training, groups, comparison, confusion, errors, scores, provenance];
