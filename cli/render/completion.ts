/**
 * Scripts that complete the words of `rtl` in a shell. Commands, flags and choices stand in the script;
 * only names that a running system knows are asked for, with `rtl __complete`.
 */
import type { KnownCommand } from "../known-commands.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What the arguments of a command name. */
export type Asked = "jobs" | "nodes" | "tasks" | "files" | "nothing";

export function askedBy({ words, args }: KnownCommand): Asked {
  const [first] = args;
  const [topic] = words.split(" ");
  if (first === undefined) return "nothing";
  if (first.name === "file" || first.name === "invitation") return "files";
  if (first.name === "id" || first.name === "job") return "jobs";
  if (topic === "node") return "nodes";
  return topic === "task" ? "tasks" : "nothing";
}

const wordsOf = (commands: readonly KnownCommand[], path: string): readonly string[] => {
  const depth = path === "" ? 0 : path.split(" ").length;
  const below = commands.filter(({ words }) => path === "" || words.startsWith(`${path} `));
  return [...new Set(below.map(({ words }) => words.split(" ")[depth] ?? ""))];
};

const flagsOf = ({ flags }: KnownCommand): readonly string[] =>
  flags.flatMap(({ name, char, allowNo }) => [
    `--${name}`,
    ...(char === undefined ? [] : [`-${char}`]),
    ...(allowNo ? [`--no-${name}`] : []),
  ]);

/** Values that a flag may have, by the flag. */
const choicesOf = ({
  flags,
}: KnownCommand): readonly [flag: string, choices: readonly string[]][] =>
  flags.flatMap(({ name, char, options }): [string, readonly string[]][] =>
    options === undefined
      ? []
      : [
          [`--${name}`, options],
          ...(char ? [[`-${char}`, options] as [string, readonly string[]]] : []),
        ],
  );

export function completionScript(shell: Shell, commands: readonly KnownCommand[]): string {
  if (shell === "fish") return fish(commands);
  const script = bash(commands);
  // zsh runs scripts made for bash by a layer of its own.
  return shell === "bash" ? script : `autoload -U +X bashcompinit && bashcompinit\n${script}`;
}

function bash(commands: readonly KnownCommand[]): string {
  const topics = [...new Set(commands.flatMap(({ words }) => words.split(" ").slice(0, -1)))];
  const groups = ["", ...topics].map(
    (path) => `    "${path}") words="${wordsOf(commands, path).join(" ")}" ;;`,
  );
  const cases = commands.map((command) => {
    const asked = askedBy(command);
    const choices = choicesOf(command).map(
      ([flag, values]) => `[ "$prev" = "${flag}" ] && choices="${values.join(" ")}";`,
    );
    return `    "${command.words}") flags="${flagsOf(command).join(" ")}"; asked=${asked}; ${choices.join(" ")} ;;`;
  });
  return `# Completion of rtl. For this shell: source <(rtl completion bash)
_rtl() {
  local cur prev path="" flags="" asked="" choices="" words="" word i
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) continue ;; esac
    case " ${commands.map(({ words }) => words.replaceAll(" ", "/")).join(" ")} ${topics.join(" ")} " in
      *" \${path:+\${path// //}/}$word "*) path="\${path:+$path }$word" ;;
      *) break ;;
    esac
  done
  case "$path" in
${groups.join("\n")}
  esac
  case "$path" in
${cases.join("\n")}
  esac
  if [ -n "$choices" ]; then words="$choices"
  else
    case "$cur" in
      -*) words="$flags --help" ;;
      *)
        case "$asked" in
          jobs | nodes | tasks) words="$(rtl __complete $asked 2>/dev/null)" ;;
          files) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o filenames -F _rtl rtl
`;
}

/** A text in single quotes of fish. */
const quoted = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function fish(commands: readonly KnownCommand[]): string {
  const lines = commands.flatMap((command) => {
    const parts = command.words.split(" ");
    const last = parts.at(-1) ?? "";
    const at = quoted(`__rtl_at ${parts.slice(0, -1).join(" ")}`.trim());
    const inside = quoted(`__rtl_in ${command.words}`);
    const asked = askedBy(command);
    return [
      `complete -c rtl -f -n ${at} -a ${last} -d ${quoted(command.summary)}`,
      ...command.flags.map(({ name, char, description = "", type, options }) =>
        [
          `complete -c rtl -n ${inside} -l ${name}`,
          char ? `-s ${char}` : "",
          type === "option" ? "-r" : "",
          options ? `-f -a ${quoted(options.join(" "))}` : "",
          `-d ${quoted(description)}`,
        ]
          .filter(Boolean)
          .join(" "),
      ),
      ...(asked === "files" || asked === "nothing"
        ? []
        : [`complete -c rtl -f -n ${inside} -a '(rtl __complete ${asked} 2>/dev/null)'`]),
    ];
  });
  const topics = [
    ...new Set(
      commands.filter(({ words }) => words.includes(" ")).map(({ words }) => words.split(" ")[0]),
    ),
  ];
  return `# Completion of rtl. For this shell: rtl completion fish | source
function __rtl_words
  commandline -opc | string match -v -- '-*' | tail -n +2
end
function __rtl_at
  test (string join ' ' -- (__rtl_words)) = (string join ' ' -- $argv)
end
function __rtl_in
  string match -q -- (string join ' ' -- $argv)'*' (string join ' ' -- (__rtl_words))
end
${topics.map((topic) => `complete -c rtl -f -n '__rtl_at' -a ${topic}`).join("\n")}
${lines.join("\n")}
`;
}
