/** Work that never runs twice at once; all who ask for it while it is running share the next run. */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = async () => {
    await running?.catch(() => {});
    next = undefined;
    running = work();
    await running;
  };
  return () => (next ??= run());
}

/** Tells of each run of coalesced work once, however often the work is asked for. */
export function oncePerRun(
  ask: () => Promise<void>,
  tell: (run: Promise<void>) => void,
): () => Promise<void> {
  let told: Promise<void> | undefined;
  return () => {
    const run = ask();
    if (run !== told) tell((told = run));
    return run;
  };
}
