/** Virtual time: what is to happen, and when. Nothing here waits for anything. */
interface Happening {
  readonly at: number;
  /** Of two at the same time, the one that was planned first comes first. */
  readonly turn: number;
  readonly run: () => void;
}

export class World {
  now = 0;
  readonly #heap: Happening[] = [];
  #turns = 0;

  after(delayMs: number, run: () => void): void {
    this.#turns++;
    push(this.#heap, { at: this.now + delayMs, turn: this.#turns, run });
  }

  /** Lets the next thing happen; false when nothing is to happen any more. */
  advance(): boolean {
    const next = pop(this.#heap);
    if (next === undefined) return false;
    this.now = next.at;
    next.run();
    return true;
  }
}

const isBefore = (left: Happening, right: Happening): boolean =>
  left.at < right.at || (left.at === right.at && left.turn < right.turn);

function push(heap: Happening[], item: Happening): void {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, item)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = item;
}

function pop(heap: Happening[]): Happening | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (top === undefined || last === undefined || heap.length === 0) return top;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    let below = heap[child];
    if (below === undefined) break;
    const right = heap[child + 1];
    if (right !== undefined && isBefore(right, below)) {
      below = right;
      child++;
    }
    if (!isBefore(below, last)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
  return top;
}
