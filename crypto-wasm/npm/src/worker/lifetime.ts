import type { PliError } from '../error.js';

/**
 * @internal How long the arguments of a call are of use: until it is answered, and the streams in
 * its answer have ended.
 */
export class Lifetime {
  #holders = 1;
  readonly #atEnd: (() => void)[] = [];
  readonly #onFailure: ((error: PliError) => void)[];
  #failure: PliError | undefined;

  constructor(onFailure: (error: PliError) => void) {
    this.#onFailure = [onFailure];
  }

  /** Makes it last until what is returned has been called. */
  hold(): () => void {
    this.#holders += 1;
    let held = true;
    return () => {
      if (held) this.release();
      held = false;
    };
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.end();
  }

  end(): void {
    for (const work of this.#atEnd.splice(0)) work();
  }

  /** Tells everybody concerned that an argument has failed. */
  fail(error: PliError): void {
    this.#failure = error;
    for (const work of this.#onFailure.splice(0)) work(error);
  }

  atEnd(work: () => void): void {
    this.#atEnd.push(work);
  }

  onFailure(work: (error: PliError) => void): void {
    if (this.#failure === undefined) this.#onFailure.push(work);
    else work(this.#failure);
  }
}
