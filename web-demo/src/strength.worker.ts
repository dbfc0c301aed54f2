/** Estimates how many guesses a password takes, against words that people really choose. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as en from '@zxcvbn-ts/language-en';
import * as fr from '@zxcvbn-ts/language-fr';
import { expose } from 'comlink';

const DAY = 24 * 3600;

/** How many seconds of guessing it takes to be more than guessed at once: a minute to a century. */
const GRADES = [60, DAY, 365 * DAY, 100 * 365 * DAY];

export interface Strength {
  /** From `0`, guessed at once, to `4`; what is below `2` is guessed within a day. */
  score: number;
  /** How long one who has the server's copy would guess, on average. */
  seconds: number;
}

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...en.dictionary, ...fr.dictionary },
  graphs: common.adjacencyGraphs,
});

const estimator = {
  /** Answers once the words are there. */
  ready(): void {},

  estimate(password: string, known: readonly string[]): Strength {
    const words = known.flatMap((name) => [name, ...name.split(/[@._-]/)]).filter(Boolean);
    const { crackTimes } = zxcvbn.check(password, ['pli', ...words]);
    const { seconds } = crackTimes.offlineSlowHashingXPerSecond;
    return { score: GRADES.filter((least) => seconds >= least).length, seconds };
  },
};

export type Estimator = typeof estimator;

expose(estimator);
