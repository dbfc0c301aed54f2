import { PliError } from '@pli/crypto';
import type { Trust } from './types';

/** How a history stands to the one last seen, by the error that it was refused with. */
export function distrust(cause: unknown): Trust | undefined {
  if (!(cause instanceof PliError)) return undefined;
  if (cause.code === 'identity_changed') return 'changed';
  return ['history_rolled_back', 'bad_history'].includes(cause.code) ? 'refused' : undefined;
}
