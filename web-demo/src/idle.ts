/** How long nobody touches the page before it locks itself, in milliseconds. */
export const PATIENCE = 15 * 60_000;

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart'] as const;

/**
 * Calls `onIdle` once nobody has touched the page for a while; by the clock, so that a computer that
 * slept counts too. Answers with how to stop watching.
 */
export function whenIdle(onIdle: () => void): () => void {
  let last = Date.now();
  const look = () => {
    if (Date.now() - last >= PATIENCE) onIdle();
  };
  const touch = () => {
    look();
    last = Date.now();
  };
  for (const sign of SIGNS) addEventListener(sign, touch, { passive: true, capture: true });
  document.addEventListener('visibilitychange', look);
  const timer = setInterval(look, 5_000);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
    for (const sign of SIGNS) removeEventListener(sign, touch, { capture: true });
  };
}
