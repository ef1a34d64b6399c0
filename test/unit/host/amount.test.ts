/** Amounts as people write them. */
import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { test } from "node:test";
import { bytesOf, memoryBytes, readAmount } from "../../../src/host/amount.ts";
import { loadConfig } from "../../../src/host/config.ts";
import { RtlError } from "../../../src/protocol/errors.ts";

test("an amount is so many bytes, with or without a unit, or a share", () => {
  for (const [text, amount] of [
    ["0", { bytes: 0 }],
    ["1048576", { bytes: 1_048_576 }],
    ["512MiB", { bytes: 512 * 1024 ** 2 }],
    ["512 mb", { bytes: 512 * 1024 ** 2 }],
    ["1.5G", { bytes: 1.5 * 1024 ** 3 }],
    ["2T", { bytes: 2 * 1024 ** 4 }],
    ["64KiB", { bytes: 65_536 }],
    ["25%", { share: 0.25 }],
    ["100 %", { share: 1 }],
  ] as const) {
    assert.deepEqual(readAmount(text), amount, text);
  }
  for (const text of ["", "-1", "1e9", "10X", "0%", "101%", "25%iB", "999999999T", "Infinity"]) {
    assert.equal(readAmount(text), undefined, text);
  }
  assert.equal(bytesOf({ bytes: 7 }, 100), 7);
  assert.equal(bytesOf({ share: 0.333 }, 100), 33);
  assert.ok(memoryBytes() > 0 && memoryBytes() <= totalmem());
});

test("memory for tables has a least, and what is odd is refused with an example", () => {
  assert.deepEqual(loadConfig({ RTL_BLOCK_MEMORY: "16MiB" }).blockMemory, { bytes: 2 ** 24 });
  assert.deepEqual(loadConfig({}).blockMemory, { share: 0.25 });
  assert.equal(loadConfig({ RTL_STATE_DIR: "/var/lib/rtl" }).spillFolder, "/var/lib/rtl/spill");
  for (const [key, text] of [
    ["RTL_BLOCK_MEMORY", "15MiB"],
    ["RTL_BLOCK_MEMORY", "much"],
    ["RTL_SPILL_MAX", "-1"],
  ] as const) {
    assert.throws(
      () => loadConfig({ [key]: text }),
      (error) =>
        error instanceof RtlError &&
        error.code === "RTL_CONFIG_INVALID" &&
        error.message.includes(`${key}=${text}: expected an amount`),
    );
  }
});
