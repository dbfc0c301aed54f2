/** Estimates how many guesses a password takes, against words that people really choose. */
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as en from '@zxcvbn-ts/language-en';
import * as fr from '@zxcvbn-ts/language-fr';
import { expose } from 'comlink';

/** From `0`, guessed at once, to `4`. */
export interface Strength {
  score: 0 | 1 | 2 | 3 | 4;
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
    const { score, crackTimes } = zxcvbn.check(password, ['pli', ...words]);
    return { score, seconds: crackTimes.offlineSlowHashingXPerSecond.seconds };
  },
};

export type Estimator = typeof estimator;

expose(estimator);
