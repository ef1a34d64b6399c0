// The Debian package: what is in it, that it is for every machine, and that what it installs works by itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { projectPath } from "../../support/project.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const hasDpkg = spawnSync("dpkg-deb", ["--version"]).status === 0;
const folder = tempFolder({ after });

const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env });
  assert.equal(status, 0, `${program} ${args.join(" ")}: ${stderr}`);
  return stdout;
};

// Systems of other kinds build no Debian package, and have nothing to say of one.
if (hasDpkg) {
  const file = join(folder, "rtl.deb");
  const tree = join(folder, "tree");

  test("one package for every machine, with all that a user of Debian looks for", () => {
    run(process.execPath, [projectPath("scripts", "deb.mjs"), file]);
    assert.match(run("dpkg-deb", ["-f", file, "Architecture"]), /^all$/m);
    assert.match(run("dpkg-deb", ["-f", file, "Depends"]), /nodejs \(>= 20\.12\)/);
    run("dpkg-deb", ["-x", file, tree]);
    const paths = [
      "usr/bin/rtl",
      "lib/systemd/system/rtl.target",
      "lib/systemd/system/rtl-nats.service",
      "lib/systemd/system/rtl-relay.service",
      "lib/systemd/system/rtl-tasknode@.service",
      "usr/share/doc/rtl/examples/sensor.conf",
      "usr/share/doc/rtl/copyright",
      "usr/share/man/man1/rtl.1.gz",
      "usr/share/bash-completion/completions/rtl",
      "usr/share/zsh/vendor-completions/_rtl",
      "usr/share/fish/vendor_completions.d/rtl.fish",
      "etc/rtl/rtl.env",
      "etc/rtl/nats.conf",
    ];
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(tree, path))),
      [],
    );
    const compiled = readdirSync(tree, { recursive: true }).filter((path) =>
      String(path).endsWith(".node"),
    );
    assert.deepEqual(compiled, []);
  });

  test("its units name the places where it puts things", () => {
    const text = readFileSync(join(tree, "lib/systemd/system/rtl-relay.service"), "utf8");
    const [, program = ""] = /^ExecStart=\/usr\/bin\/node (\S+)$/m.exec(text) ?? [];
    assert.ok(existsSync(join(tree, program)), program);
  });

  test("what it installs works without anything of this project", () => {
    const rtl = join(tree, "usr/bin/rtl");
    const env = { PATH: process.env["PATH"], HOME: folder, RTL_STATE_DIR: join(folder, "state") };
    assert.match(run(rtl, ["--version"], env), /^rtl\/\d+\.\d+\.\d+ /);
    assert.match(run(rtl, ["task", "ls"], env), /^filterRows /m);
    assert.match(run(rtl, ["task", "describe", "add"], env), /operations/);
  });
}
