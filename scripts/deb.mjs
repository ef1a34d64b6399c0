// Makes a Debian package of this version: dist/rtl_VERSION_all.deb. It needs dpkg-deb, and what npm brings.
// Nothing in it is compiled for a machine, so that one file serves them all.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const { name, version, description, license } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const out = process.argv[2] ?? join(root, "dist", `${name}_${version}_all.deb`);

if (!existsSync(join(root, "dist/cli/main.js"))) {
  execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
}

const tree = mkdtempSync(join(tmpdir(), "rtl-deb-"));
/** Writes a file of the tree; text is for everyone to read. */
const put = (path, text, mode = 0o644) => {
  const place = join(tree, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text, { mode });
  chmodSync(place, mode);
};
const cli = (...words) =>
  execFileSync(process.execPath, [join(root, "dist/cli/main.js"), ...words], { encoding: "utf8" });

try {
  const lib = join(tree, "usr/lib/rtl");
  mkdirSync(lib, { recursive: true });
  const files = [
    "package.json",
    "package-lock.json",
    "nats.conf",
    "oclif.manifest.json",
    "LICENSE",
  ];
  for (const file of files) cpSync(join(root, file), join(lib, file));
  for (const folder of ["dist/src", "dist/cli", "dist/tasks", "deploy", "docs"]) {
    cpSync(join(root, folder), join(lib, folder), { recursive: true });
  }
  // Optional packages are compiled for one machine; who needs Parquet adds it there.
  const install = [
    "ci",
    "--omit=dev",
    "--omit=optional",
    "--omit=peer",
    "--ignore-scripts",
    "--no-audit",
  ];
  execFileSync("npm", install, { cwd: lib, stdio: ["ignore", "ignore", "inherit"] });
  const native = readdirSync(lib, { recursive: true }).filter((file) =>
    String(file).endsWith(".node"),
  );
  if (native.length > 0) throw new Error(`compiled for one machine: ${native.join(", ")}`);

  mkdirSync(join(tree, "usr/bin"), { recursive: true });
  symlinkSync("../lib/rtl/dist/cli/main.js", join(tree, "usr/bin/rtl"));
  chmodSync(join(lib, "dist/cli/main.js"), 0o755);
  for (const unit of readdirSync(join(root, "deploy/systemd"))) {
    const text = readFileSync(join(root, "deploy/systemd", unit), "utf8");
    // A drop-in is an example until somebody puts it beside its unit.
    const folder = /\.(service|target)$/.test(unit)
      ? "lib/systemd/system"
      : "usr/share/doc/rtl/examples";
    put(`${folder}/${unit}`, text);
  }
  put("etc/rtl/rtl.env", readFileSync(join(root, "deploy/rtl.env.example"), "utf8"));
  put("etc/rtl/nats.conf", readFileSync(join(root, "nats.conf"), "utf8"));
  put("usr/share/bash-completion/completions/rtl", cli("completion", "bash"));
  put("usr/share/zsh/vendor-completions/_rtl", `#compdef rtl\n${cli("completion", "zsh")}`);
  put("usr/share/fish/vendor_completions.d/rtl.fish", cli("completion", "fish"));
  put(
    "usr/share/man/man1/rtl.1.gz",
    gzipSync(readFileSync(join(root, "docs/rtl.1")), { level: 9 }),
  );
  put("usr/share/doc/rtl/copyright", copyright());
  put(
    "usr/share/doc/rtl/changelog.gz",
    gzipSync(readFileSync(join(root, "CHANGELOG.md")), { level: 9 }),
  );
  put("DEBIAN/control", control(sizeOf(tree)));
  put("DEBIAN/conffiles", "/etc/rtl/rtl.env\n/etc/rtl/nats.conf\n");
  put(
    "DEBIAN/postinst",
    script(
      '[ "$1" != configure ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload || true',
    ),
    0o755,
  );
  put(
    "DEBIAN/prerm",
    script(
      '[ "$1" != remove ] || [ ! -d /run/systemd/system ] || systemctl stop rtl.target || true',
    ),
    0o755,
  );
  put(
    "DEBIAN/postrm",
    script("[ ! -d /run/systemd/system ] || systemctl daemon-reload || true"),
    0o755,
  );
  mkdirSync(dirname(out), { recursive: true });
  execFileSync("dpkg-deb", ["--build", "--root-owner-group", "-Zxz", tree, out], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  console.log(out);
} finally {
  rmSync(tree, { recursive: true, force: true });
}

function control(kib) {
  return [
    `Package: ${name}`,
    `Version: ${version}`,
    "Section: net",
    "Priority: optional",
    "Architecture: all",
    `Installed-Size: ${kib}`,
    "Depends: nodejs (>= 20.12)",
    "Recommends: nats-server (>= 2.9.10)",
    "Suggests: bash-completion",
    `Maintainer: the makers of rtl <rtl@localhost>`,
    `Description: ${description.split(":")[0]}`,
    " Jobs of staged tasks over tables are split and scheduled by relays and run by",
    " tasknodes, all of which are clients of a NATS server; one ordered result comes",
    " back. The units rtl-nats, rtl-relay and rtl-tasknode@ are installed and not",
    " started: say `rtl service install`, or `rtl cluster join`.",
    "",
  ].join("\n");
}

function copyright() {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: ${license}\n On Debian systems the text of this licence is in /usr/share/common-licenses/Apache-2.0.\n\nComment: the packages below /usr/lib/rtl/node_modules carry licences of their own.\n`;
}

function script(line) {
  return `#!/bin/sh\nset -e\n${line}\n`;
}

function sizeOf(folder) {
  return Number(execFileSync("du", ["-sk", folder], { encoding: "utf8" }).split("\t")[0]);
}
