// A reporter for node --test that writes nothing but how many tests passed and failed, as JSON. A
// test that was skipped or is still to be done counts as failed: nothing is skipped here.
export default async function* countTests(events) {
  const counts = { passed: 0, failed: 0 };
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite") continue;
    const passed = type === "test:pass" && data.skip === undefined && data.todo === undefined;
    counts[passed ? "passed" : "failed"] += 1;
  }
  yield JSON.stringify(counts);
}
