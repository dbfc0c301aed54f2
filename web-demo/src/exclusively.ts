/** Does something while no other tab of this browser does the same. */
export async function exclusively<T>(what: string, work: () => Promise<T>): Promise<T> {
  // Over plain http there are no locks, and no session that tabs could share either.
  const { locks } = navigator as { locks?: LockManager };
  return locks ? await locks.request(`pli-${what}`, work) : await work();
}
