/** What a simulated run can do wrong, in the five kinds that must never be, and a sixth for the rest. */
export type FaultKind = "lost" | "wrong" | "doubled" | "phantom" | "stuck";

export class SimulatedFault extends Error {
  override readonly name = "SimulatedFault";
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** Throws unless the condition holds. */
export function must(condition: boolean, kind: FaultKind, otherwise: string): asserts condition {
  if (!condition) throw new SimulatedFault(kind, otherwise);
}
