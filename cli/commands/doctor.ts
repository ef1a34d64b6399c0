/** `rtl doctor`: what is wrong with this machine or its system, and what to do about it. */
import { flowing, RtlCommand } from "../command.ts";
import type { Finding, Verdict } from "../doctor/check.ts";
import { busFlags } from "../flags.ts";
import { paintFor } from "../terminal.ts";

const marks: Readonly<Record<Verdict, string>> = {
  ok: "ok",
  warn: "warn",
  fail: "FAIL",
  none: "–",
};

export default class Doctor extends RtlCommand {
  static override summary = "check this machine and its system, and say what to do";
  static override description = flowing(`
Asks one question after the other and answers each: ok, warn (it works, but less well), FAIL, or – where the
question does not arise. Under what is not ok stands what makes it right. The exit code is 1 if anything
fails.
`);
  static override examples = ["<%= config.bin %> doctor", "<%= config.bin %> doctor --json"];
  static override baseFlags = { ...busFlags, ...RtlCommand.baseFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const [{ loadConfig }, { machineChecks }, { systemChecks }] = await Promise.all([
      import("../../src/host/config.ts"),
      import("../doctor/machine-checks.ts"),
      import("../doctor/system-checks.ts"),
    ]);
    const config = loadConfig();
    const system = systemChecks(flags);
    const checks = [...machineChecks(config), ...system.checks];
    const findings: ({ readonly number: number; readonly name: string } & Finding)[] = [];
    try {
      for (const [at, { name, look }] of checks.entries()) {
        const finding = { number: at + 1, name, ...(await look()) };
        findings.push(finding);
        if (!flags.json) this.#show(finding);
      }
    } finally {
      await system.close();
    }
    const failed = findings.filter(({ verdict }) => verdict === "fail").length;
    const warned = findings.filter(({ verdict }) => verdict === "warn").length;
    if (flags.json) this.dataJson({ ok: failed === 0, failed, warned, checks: findings });
    else this.note(`${failed} failed, ${warned} to look at, of ${findings.length}`);
    if (failed > 0) process.exitCode = 1;
  }

  #show({ number, name, verdict, found, fix }: { number: number; name: string } & Finding): void {
    const paint = paintFor(process.stdout);
    const mark = marks[verdict].padEnd(4);
    const shown =
      verdict === "fail" ? paint.red(mark) : verdict === "warn" ? paint.yellow(mark) : mark;
    this.data(`${String(number).padStart(2)}. ${shown}  ${name.padEnd(14)}  ${found}`);
    if (fix !== undefined) this.data(`            ${"".padEnd(12)}fix: ${fix}`);
  }
}
