/**
 * A chart of horizontal bars on a logarithmic axis, with a line at one: what is measured in times of
 * something else. It is text, so that a page and its repository can hold it, and fits light and dark.
 */
import { number } from "./figure-table.ts";

export interface Bar {
  readonly label: string;
  /** Times of what it is compared with; greater than zero. */
  readonly value: number;
  readonly good: boolean;
}

const WIDTH = 960;
const LABEL_WIDTH = 430;
const VALUE_WIDTH = 70;
const BAR_HEIGHT = 14;
const LINE_HEIGHT = 22;
const TOP = 40;
const BOTTOM = 28;

export function barChart(title: string, bars: readonly Bar[]): string {
  const height = TOP + LINE_HEIGHT * bars.length + BOTTOM;
  const logs = bars.map(({ value }) => Math.log10(value));
  // Whole powers of ten around all values and around one.
  const low = Math.min(-1, Math.floor(Math.min(0, ...logs)));
  const high = Math.max(1, Math.ceil(Math.max(0, ...logs)));
  const across = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const at = (log: number) => LABEL_WIDTH + ((log - low) / (high - low)) * across;
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<text class="title" x="12" y="24">${escaped(title)}</text>`,
    ...ticks.flatMap((tick) => [
      `<line class="${tick === 0 ? "one" : "grid"}" x1="${fixed(at(tick))}" x2="${fixed(at(tick))}" y1="${TOP}" y2="${height - BOTTOM}"/>`,
      `<text class="tick" x="${fixed(at(tick))}" y="${height - 10}">${number(10 ** tick)} ×</text>`,
    ]),
    ...bars.flatMap(({ label, value, good }, index) => {
      const y = TOP + LINE_HEIGHT * index + (LINE_HEIGHT - BAR_HEIGHT) / 2;
      const [from, to] = [at(0), at(Math.log10(value))].sort((a, b) => a - b) as [number, number];
      const text = y + BAR_HEIGHT - 3;
      return [
        `<text class="label" x="${LABEL_WIDTH - 10}" y="${fixed(text)}">${escaped(label)}</text>`,
        `<rect class="${good ? "good" : "bad"}" x="${fixed(from)}" y="${fixed(y)}" width="${fixed(Math.max(1, to - from))}" height="${BAR_HEIGHT}" rx="2"/>`,
        `<text class="value" x="${fixed(to + 6)}" y="${fixed(text)}">${number(Number(value.toPrecision(3)))} ×</text>`,
      ];
    }),
    "</svg>",
    "",
  ].join("\n");
}

const style = [
  "svg{font:12px system-ui,sans-serif;background:#fff;color:#1f2328}",
  "text{fill:#1f2328}.title{font-size:15px;font-weight:600}.label{text-anchor:end}",
  ".tick{text-anchor:middle;fill:#59636e}.value{fill:#59636e}",
  ".grid{stroke:#d1d9e0}.one{stroke:#59636e;stroke-width:1.5}.good{fill:#2da44e}.bad{fill:#d4772c}",
  "@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#f0f6fc}",
  ".tick,.value{fill:#9198a1}.grid{stroke:#30363d}.one{stroke:#9198a1}}",
].join("");

const fixed = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
