/**
 * Turns a line of the JSON log into one for people or for the journal. Pure. Texts from outside are
 * quoted when they hold more than plain characters, so that no message can steer a terminal.
 */
interface Level {
  readonly name: string;
  readonly colour: number;
  /** Of syslog: 7 is debug, 2 is critical. */
  readonly priority: number;
}

const info: Level = { name: "info", colour: 32, priority: 6 };
const levels: Readonly<Record<number, Level>> = {
  10: { name: "trace", colour: 90, priority: 7 },
  20: { name: "debug", colour: 36, priority: 7 },
  30: info,
  40: { name: "warn", colour: 33, priority: 4 },
  50: { name: "error", colour: 31, priority: 3 },
  60: { name: "fatal", colour: 35, priority: 2 },
};

interface Parts {
  readonly level: Level;
  readonly time: number;
  readonly message: string;
  readonly fields: readonly string[];
  readonly stack: string | undefined;
}

/** `12:00:01.123 warn  relay: lease lost job=abc` and, for errors, the stack below it. */
export function prettyLine(json: string, colour: boolean): string {
  const { level, time, message, fields, stack } = split(json);
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const clock = new Date(time).toISOString().slice(11, 23);
  const head = `${paint(90, clock)} ${paint(level.colour, level.name.padEnd(5))} ${message}`;
  const tail = fields.length > 0 ? ` ${paint(90, fields.join(" "))}` : "";
  const below = stack === undefined ? "" : stack.replaceAll(/^/gm, "    ").concat("\n");
  return `${head}${tail}\n${below}`;
}

/** `<4>lease lost job=abc`: one line, with the priority that systemd reads and removes. */
export function journalLine(json: string): string {
  const { level, message, fields } = split(json);
  return `<${level.priority}>${[message, ...fields].join(" ")}\n`;
}

function split(json: string): Parts {
  const { level, time, message, service, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const error = rest["error"] as { message?: unknown; stack?: unknown } | undefined;
  const stack = typeof error?.stack === "string" ? plain(error.stack, /\n/) : undefined;
  const fields = Object.entries(rest).map(([key, value]) => {
    const shown = key === "error" && error !== null ? (error?.message ?? value) : value;
    return `${key}=${field(shown)}`;
  });
  const text = plain(typeof message === "string" ? message : "");
  return {
    level: levels[Number(level)] ?? info,
    time: typeof time === "number" ? time : 0,
    message: typeof service === "string" ? `${plain(service)}: ${text}` : text,
    fields,
    stack,
  };
}

const field = (value: unknown): string => {
  if (typeof value === "string" && /^[\w./:@+-]+$/.test(value)) return value;
  return plain(JSON.stringify(value) ?? "undefined");
};

/** Control characters as escapes; `kept` lets some through. */
function plain(text: string, kept?: RegExp): string {
  return text.replaceAll(/\p{Cc}/gu, (character) =>
    kept?.test(character)
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
