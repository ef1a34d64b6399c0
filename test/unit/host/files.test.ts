// Files that tasks may touch: what is inside is found, read and written, what is outside is
// refused.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fastCheck from "fast-check";
import { confinedFiles } from "../../../src/host/files.ts";
import { type ErrorCode, RtlError } from "../../../src/protocol/errors.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

/** Two roots, and beside them a secret. */
function surroundings(t: TestContext) {
  const folder = tempFolder(t);
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  mkdirSync(join(one, "sub", "deep"), { recursive: true });
  mkdirSync(two);
  writeFileSync(join(folder, "secret"), "secret");
  writeFileSync(join(one, "a.csv"), "first");
  writeFileSync(join(one, "sub", "b.csv"), "second");
  writeFileSync(join(one, "sub", "deep", "c.csv"), "third");
  writeFileSync(join(one, "sub", ".hidden.csv"), "hidden");
  writeFileSync(join(two, "a.csv"), "shadowed");
  writeFileSync(join(two, "d.txt"), "fourth");
  return { folder, one, two, files: confinedFiles([one, two]) };
}

function refuses(code: ErrorCode, use: () => unknown, message?: RegExp): void {
  assert.throws(use, (error) => {
    assert.ok(error instanceof RtlError, String(error));
    assert.equal(error.code, code);
    if (message) assert.match(error.message, message);
    return true;
  });
}

test("a file is read by a path relative to a root, the first root winning, or absolute", (t) => {
  const { two, files } = surroundings(t);
  assert.equal(text(files.read("a.csv")), "first");
  assert.equal(text(files.read("./sub/../sub/b.csv")), "second");
  assert.equal(text(files.read("d.txt")), "fourth");
  assert.equal(text(files.read(join(two, "a.csv"))), "shadowed");
  assert.equal(files.size("sub/deep/c.csv"), 5);
});

test("a range is cut off at the end of the file", (t) => {
  const { files } = surroundings(t);
  assert.equal(text(files.read("a.csv", 1, 3)), "ir");
  assert.equal(text(files.read("a.csv", 3)), "st");
  assert.equal(text(files.read("a.csv", 3, 99)), "st");
  assert.equal(files.read("a.csv", 9, 99).length, 0);
  refuses("RTL_FILE_INVALID", () => files.read("a.csv", -1));
  refuses("RTL_FILE_INVALID", () => files.read("a.csv", 3, 2));
  refuses("RTL_FILE_INVALID", () => files.read("a.csv", 0.5));
});

test("what is read is a plain array of its own, aligned to eight bytes", (t) => {
  const { files } = surroundings(t);
  const content = files.read("a.csv");
  assert.equal(Object.getPrototypeOf(content), Uint8Array.prototype);
  assert.equal(content.byteOffset, 0);
  assert.equal(content.buffer.byteLength, 5);
});

test("a file above 2 GiB is read by ranges", (t) => {
  const { one, files } = surroundings(t);
  const far = 5 * 2 ** 30;
  const descriptor = openSync(join(one, "sparse"), "w");
  ftruncateSync(descriptor, far);
  writeSync(descriptor, "end", far);
  closeSync(descriptor);
  assert.equal(files.size("sparse"), far + 3);
  assert.equal(text(files.read("sparse", far, far + 10)), "end");
  refuses("RTL_FILE_INVALID", () => files.read("sparse"), /too many at once/);
});

test("a missing file is reported with the roots that were tried", (t) => {
  const { one, two, files } = surroundings(t);
  for (const path of ["absent.csv", "a.csv/below", "absent/x.csv", join(one, "absent")]) {
    refuses("RTL_FILE_MISSING", () => files.size(path), /"\S+one", "\S+two"$/);
  }
  refuses("RTL_FILE_MISSING", () => confinedFiles([join(two, "gone")]).read("a.csv"), /gone/);
  refuses("RTL_FILE_MISSING", () => confinedFiles([]).read("a.csv"), /RTL_DATA_ROOTS is empty/);
});

test("a path that leads out is refused", (t) => {
  const { folder, one, files } = surroundings(t);
  symlinkSync(join(folder, "secret"), join(one, "link"));
  symlinkSync(folder, join(one, "up"));
  const paths = [
    ...["../secret", "sub/../../secret", "..", "/etc/passwd", join(folder, "secret"), `${one}-x/a`],
    ...["link", "up/secret", join(one, "link"), "a.csv\0.txt"],
  ];
  for (const path of paths) {
    refuses("RTL_FILE_REFUSED", () => files.read(path));
    refuses("RTL_FILE_REFUSED", () => files.size(path));
  }
  for (const path of ["../new", "up/new", join(folder, "new")]) {
    refuses("RTL_FILE_REFUSED", () => files.write(path, []));
  }
  assert.equal(readFileSync(join(folder, "secret"), "utf8"), "secret");
});

test("a link that stays inside is followed", (t) => {
  const { one, two, files } = surroundings(t);
  symlinkSync(join(two, "d.txt"), join(one, "inner"));
  assert.equal(text(files.read("inner")), "fourth");
});

test("folders and pipes are not read as files", (t) => {
  const { one, files } = surroundings(t);
  refuses("RTL_FILE_INVALID", () => files.read("sub"), /"sub" is a folder/);
  execFileSync("mkfifo", [join(one, "pipe")]);
  refuses("RTL_FILE_INVALID", () => files.read("pipe"), /not a plain file/);
});

test("the true path of a file is told, and only of a plain file inside", (t) => {
  const { folder, one, two, files } = surroundings(t);
  symlinkSync(join(two, "d.txt"), join(one, "inner"));
  symlinkSync(join(folder, "secret"), join(one, "outer"));
  execFileSync("mkfifo", [join(one, "pipe")]);
  assert.equal(files.locate("sub/../a.csv"), join(one, "a.csv"));
  assert.equal(files.locate("inner"), join(two, "d.txt"));
  assert.equal(files.locate(join(two, "a.csv")), join(two, "a.csv"));
  for (const path of ["outer", "../secret", "/etc/passwd"]) {
    refuses("RTL_FILE_REFUSED", () => files.locate(path));
  }
  refuses("RTL_FILE_MISSING", () => files.locate("absent.csv"), /"\S+one", "\S+two"$/);
  for (const path of ["sub", "pipe"]) refuses("RTL_FILE_INVALID", () => files.locate(path));
});

test("a pattern finds files, sorted, each once, and none outside", (t) => {
  const { folder, one, files } = surroundings(t);
  symlinkSync(folder, join(one, "up"));
  symlinkSync(join(one, "sub"), join(one, "sub", "circle"));
  assert.deepEqual(files.find("*.csv"), ["a.csv"]);
  assert.deepEqual(files.find("a.csv"), ["a.csv"]);
  assert.deepEqual(files.find("*"), ["a.csv", "d.txt"]);
  assert.deepEqual(files.find("sub/?.csv"), ["sub/b.csv"]);
  assert.deepEqual(files.find("*/*.csv"), ["sub/b.csv"]);
  assert.deepEqual(files.find("**/*.csv"), ["a.csv", "sub/b.csv", "sub/deep/c.csv"]);
  assert.deepEqual(files.find("sub/**"), ["sub/b.csv", "sub/deep/c.csv"]);
  assert.deepEqual(files.find("sub/.*"), ["sub/.hidden.csv"]);
  assert.deepEqual(files.find("up/*"), []);
  assert.deepEqual(files.find("absent/*"), []);
  assert.deepEqual(files.find("sub"), []);
  assert.deepEqual(files.find(join(one, "sub", "*")), [join(one, "sub", "b.csv")]);
  refuses("RTL_FILE_REFUSED", () => files.find("../*"));
  refuses("RTL_FILE_REFUSED", () => files.find("/etc/*"));
});

test("a name that holds a star can be meant", (t) => {
  const { one, files } = surroundings(t);
  writeFileSync(join(one, "a*.csv"), "star");
  assert.deepEqual(files.find("a*.csv"), ["a*.csv"]);
  assert.equal(text(files.read("a*.csv")), "star");
});

test("what find gives can be read", (t) => {
  const { files } = surroundings(t);
  for (const path of files.find("**/*")) assert.ok(files.read(path).length > 0, path);
});

test("a file is written in one step and leaves no draft behind", (t) => {
  const { one, two, files } = surroundings(t);
  files.write("out.bin", [bytes("ab"), bytes(""), bytes("cd")]);
  assert.equal(readFileSync(join(one, "out.bin"), "utf8"), "abcd");
  files.write(join(two, "out.bin"), [bytes("x")]);
  assert.equal(readFileSync(join(two, "out.bin"), "utf8"), "x");
  files.write("a.csv", [bytes("new")]);
  assert.equal(text(files.read("a.csv")), "new");
  assert.deepEqual(readdirSync(one).sort(), ["a.csv", "out.bin", "sub"]);
});

test("a link is replaced by what is written, not followed", (t) => {
  const { folder, one, files } = surroundings(t);
  symlinkSync(join(folder, "secret"), join(one, "link"));
  files.write("link", [bytes("mine")]);
  assert.equal(text(files.read("link")), "mine");
  assert.equal(readFileSync(join(folder, "secret"), "utf8"), "secret");
});

test("writing where it cannot be is refused with the reason", (t) => {
  const { one, files } = surroundings(t);
  refuses(
    "RTL_FILE_MISSING",
    () => files.write("absent/out", []),
    /no folder for "absent\/out" in/,
  );
  refuses("RTL_OUTPUT_REFUSED", () => files.write("sub", [bytes("x")]), /a folder has this name/);
  refuses("RTL_OUTPUT_REFUSED", () => files.write("sub/", []), /names a folder/);
  refuses("RTL_OUTPUT_REFUSED", () => files.write("a.csv/x", []), /its folder is not a folder/);
  refuses("RTL_OUTPUT_REFUSED", () => files.write("x".repeat(300), []), /too long/);
  assert.deepEqual(readdirSync(one).sort(), ["a.csv", "sub"]);
});

test("no path, however odd, reads what is outside", (t) => {
  const { folder, one, files } = surroundings(t);
  symlinkSync(folder, join(one, "up"));
  const part = fastCheck.constantFrom(
    "..",
    ".",
    "",
    "up",
    "sub",
    "a.csv",
    "secret",
    "one",
    "*",
    "\0",
  );
  const path = fastCheck.array(part, { maxLength: 8 }).map((parts) => parts.join("/"));
  const anywhere = fastCheck.oneof(
    path,
    path.map((rest) => `${one}/${rest}`),
  );
  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  fastCheck.assert(
    fastCheck.property(anywhere, (asked) => {
      for (const use of [() => text(files.read(asked)), () => files.find(asked).join()]) {
        try {
          assert.doesNotMatch(use(), /secret/);
        } catch (error) {
          assert.ok(error instanceof RtlError, String(error));
        }
      }
    }),
    { seed, numRuns: 2_000 },
  );
});

test("a range is read into memory that is given, where it fits", (t) => {
  const { files } = surroundings(t);
  const piece = new Uint8Array(4);
  const read = files.read("a.csv", 1, 4, piece);
  assert.deepEqual([text(read), read.buffer], ["irs", piece.buffer]);
  const rest = files.read("a.csv", 3, 9, piece);
  assert.deepEqual([text(rest), rest.buffer], ["st", piece.buffer]);
  const whole = files.read("a.csv", 0, 5, piece);
  assert.deepEqual([text(whole), text(piece)], ["first", "sts\0"]);
});
