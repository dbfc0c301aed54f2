/** Where the focus goes when what had it is no more. */
import { tick } from 'svelte';
import type { Attachment } from 'svelte/attachments';

/** For the heading of a page, which takes the focus when its page appears. */
export const arrival: Attachment<HTMLElement> = (heading) => heading.focus();

/**
 * Before some of a list's children go: the one beside that which has the focus will take it, or
 * what else is there.
 */
export async function handOn(list: HTMLElement, otherwise: HTMLElement | undefined): Promise<void> {
  const children = [...list.children];
  const at = children.findIndex((child) => child.contains(document.activeElement));
  if (at < 0) return;
  await tick();
  if (children[at]?.isConnected) return;
  const beside = [...children.slice(at + 1), ...children.slice(0, at).reverse()];
  const taker = beside.find((child) => child.isConnected && child.matches('[tabindex]'));
  ((taker as HTMLElement | undefined) ?? otherwise)?.focus();
}
