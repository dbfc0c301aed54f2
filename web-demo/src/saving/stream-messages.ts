/** Where downloads live that the service worker answers; it answers nothing else. */
export const FOLDER = '/save/';

/** A download that the page is about to start; its port comes along. */
export interface Offer {
  address: string;
  name: string;
  /** Infinity when nobody knows it beforehand. */
  size: number;
}

/** What the page says about a download: its bytes, or how it ends. */
export type ToWorker = Uint8Array | 'end' | 'failed';

/**
 * What the service worker says: `asked` when the browser has asked it for the download, `stopped`
 * when nobody wants it any more.
 */
export type FromWorker = 'ready' | 'asked' | 'more' | 'ended' | 'stopped';
