/** @internal Lets so many in at a time; the others wait, in the order in which they came. */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #places: number;

  constructor(places: number) {
    this.#places = places;
  }

  /** Does the work when there is a place. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#places > 0) this.#places -= 1;
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#places += 1;
      else next();
    }
  }
}
