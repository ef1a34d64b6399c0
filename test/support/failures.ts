/** What a promise failed with, for tests that look at an error more closely. */
import assert from "node:assert/strict";
import { type ErrorCode, RtlError } from "../../src/protocol/errors.ts";

/** The error that the promise is rejected with; fails when it is none of ours or of another code. */
export async function failureOf(promise: Promise<unknown>, code?: ErrorCode): Promise<RtlError> {
  const error: unknown = await promise.then(
    () =>
      assert.fail(`it succeeded${code === undefined ? "" : ` instead of failing with ${code}`}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RtlError, String(error));
  if (code !== undefined) assert.equal(error.code, code, error.message);
  return error;
}
