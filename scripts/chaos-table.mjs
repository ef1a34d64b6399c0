// The tables of the chaos suite, made from what its tests reported: one line for each fault, and the
// aims with the figures that were measured. It only computes and lays out.

export const counts = ["lost", "wrong", "doubled", "phantom", "stuck"];
const INJECTED_MIN = 500;
const ALL = "all on real processes";
const aimNames = {
  "cancel-heeded": ["cancelling work that heeds the signal, p99", "cancelMs"],
  "cancel-unheeded": ["cancelling work that heeds nothing, beyond its grace, p99", "cancelMs"],
  "worker-loss": ["work of a lost worker given to another, p99", "recoveryMs"],
  "relay-takeover": ["jobs of a lost relay taken over, p99", "recoveryMs"],
};

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** The smallest figure that this share of them does not exceed. */
export function quantile(figures, share) {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

const ms = (figure) => (figure === undefined ? "–" : `${Math.round(figure)} ms`);
const group = (figure) => String(figure).replace(/\B(?=(\d{3})+$)/g, ",");
const pair = (figures, upper) =>
  figures.length === 0 ? "–" : `${ms(quantile(figures, 0.5))} / ${ms(quantile(figures, upper))}`;

/** True if nothing of all that must never happen has happened. */
export const isClean = (reports) =>
  reports.every((report) => counts.every((name) => report[name] === 0));

/** The table of faults: its head, a line for each fault in order of first report, and their sum. */
export function rowsOf(reports) {
  const faults = groupBy(reports, byFault);
  const lines = [...faults].map(([fault, same]) => lineOf(fault, same));
  const head = ["fault", "injected", "jobs", "chunks", ...counts];
  const more = ["ran twice / allowed", "recovery p50 / max", "cancel p50 / p99"];
  return [[...head, ...more], ...lines, lineOf(ALL, reports.filter(isReal))];
}

/** What the simulator does costs nothing, so it would outnumber all that was really done. */
const isReal = ({ simulated }) => simulated !== true;

const byFault = ({ fault }) => fault;

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function lineOf(fault, reports) {
  const total = (name) => group(sum(reports.map((report) => report[name])));
  const executions = reports.flatMap(({ executions }) => executions ?? []);
  const of = (name) => executions.map((execution) => execution[name]);
  return [
    fault,
    ...["injected", "jobs", "chunks", ...counts].map(total),
    executions.length === 0 ? "–" : `${group(sum(of("doubled")))} / ${group(sum(of("allowed")))}`,
    // Faults that have nothing to do with each other have no common median.
    fault === ALL
      ? ""
      : pair(
          reports.flatMap(({ recoveryMs }) => recoveryMs ?? []),
          1,
        ),
    fault === ALL
      ? ""
      : pair(
          reports.flatMap(({ cancelMs }) => cancelMs ?? []),
          0.99,
        ),
  ];
}

/** The table of aims; what was not measured says so. */
export function aimsOf(reports) {
  const lines = Object.entries(aimNames).flatMap(([name, [words, field]]) => {
    const found = reports.flatMap((report) =>
      (report.aims ?? [])
        .filter((aim) => aim.name === name)
        .map(({ withinMs }) => ({ withinMs, figures: report[field] ?? [] })),
    );
    const bounds = [...new Set(found.map(({ withinMs }) => withinMs))].sort((a, b) => a - b);
    if (bounds.length === 0) return [[words, "", "not measured", ""]];
    return bounds.map((bound) => {
      const same = found.filter(({ withinMs }) => withinMs === bound);
      const figures = same.flatMap(({ figures }) => figures);
      const p99 = quantile(figures, 0.99);
      const verdict = p99 === undefined ? "" : p99 <= bound ? "yes" : "no";
      return [words, `≤ ${ms(bound)}`, `${ms(p99)} (of ${group(figures.length)})`, verdict];
    });
  });
  const injected = sum(reports.filter(isReal).map((report) => report.injected));
  const never = sum(reports.flatMap((report) => counts.map((name) => report[name])));
  const enough = injected >= INJECTED_MIN ? "yes" : "no";
  return [
    ["aim", "at", "measured", "met"],
    ...lines,
    ["faults injected into real processes", `≥ ${INJECTED_MIN}`, group(injected), enough],
    ["lost, wrong, doubled, phantom, stuck", "0", group(never), never === 0 ? "yes" : "no"],
  ];
}

/** For a terminal: columns as wide as what is in them. */
export function asText(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]),
    ),
  );
  return lines.map((cells) => cells.join("  ").trimEnd()).join("\n");
}

/** For a page. */
export function asMarkdown(table) {
  const [head, ...rows] = table.map((row) => `| ${row.join(" | ")} |`);
  const rule = `| ${table[0].map((_, column) => (column === 0 ? "---" : "---:")).join(" | ")} |`;
  return [head, rule, ...rows].join("\n");
}

/** The page with its part between the marks made anew. */
export function withTables(page, tables) {
  const [begin, end] = ["<!-- chaos -->", "<!-- /chaos -->"];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks ${begin} … ${end}`);
  const body = tables.map(asMarkdown).join("\n\n");
  return `${page.slice(0, from + begin.length)}\n${body}\n${page.slice(to)}`;
}
