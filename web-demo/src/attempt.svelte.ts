import { type Failure, failureOf } from './failure';

/** Something that is asked for with a form, which may take a while, fail, and be tried again. */
export class Attempt {
  working = $state(false);
  /** Why it failed the last time; what somebody has given up has not failed. */
  failure = $state<Failure>();
  readonly #work: () => Promise<void>;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Begins, unless it has begun. */
  async start(): Promise<void> {
    if (this.working) return;
    this.working = true;
    this.failure = undefined;
    try {
      await this.#work();
    } catch (cause) {
      const failure = failureOf(cause);
      if (failure.code !== 'cancelled') this.failure = failure;
    } finally {
      this.working = false;
    }
  }

  /** Begins in place of what the browser does with a form. */
  readonly submit = (event: Event): void => {
    event.preventDefault();
    void this.start();
  };

  /** The failure that belongs to one field. */
  at(code: string): Failure | undefined {
    return this.failure?.code === code ? this.failure : undefined;
  }

  /** The failure that belongs to none of these fields. */
  besides(...codes: readonly string[]): Failure | undefined {
    return codes.includes(this.failure?.code ?? '') ? undefined : this.failure;
  }
}
