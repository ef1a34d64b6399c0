/**
 * Writes what a full run measured into docs/performance.md, between markers. What people have written
 * around them stays. It says what was measured on, never where or when.
 */
import type { Figure } from "./figure.ts";
import { kernelSection } from "./kernel-section.ts";
import { type Machine, machineLine } from "./machine.ts";
import type { Scale } from "./workload.ts";
import { workloadSection } from "./workload-section.ts";

/** The figures of one workload. */
export interface Measured {
  readonly workload: string;
  readonly summary: string;
  /** What its figures do not say. */
  readonly unsaid: string;
  readonly figures: readonly Figure[];
}

/** Parts of the page, and what each makes of a run. */
const sections = {
  kernels: (run: readonly Measured[]) => kernelSection(run.flatMap(({ figures }) => figures)),
  workloads: workloadSection,
} as const;
export type Section = keyof typeof sections;
export const sectionNames = Object.keys(sections) as readonly Section[];

/** The page with one section renewed. Throws where its markers are missing. */
export function withSection(
  page: string,
  section: Section,
  { machine, scale }: { readonly machine: Machine; readonly scale: Scale },
  run: readonly Measured[],
): string {
  const [begin, end] = [`<!-- ${section} -->`, `<!-- /${section} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no markers ${begin} and ${end}`);
  // Fewer repetitions, and of some workloads less to do: their names say how much.
  const how = scale === "full" ? "" : ` A ${scale} run, with fewer repetitions.`;
  const text = `Measured on: ${machineLine(machine)}.${how}\n\n${sections[section](run)}`;
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}
