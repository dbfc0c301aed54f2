import { type Failure } from '../failure';
import { en, type Strings } from './en';
import { fr } from './fr';

const dictionaries = { en, fr } satisfies Record<string, Strings>;

/** A language of the page. */
export type Language = keyof typeof dictionaries;

/** Every language with the name it has in itself. */
export const languages = Object.entries(dictionaries).map(([code, { name }]) => ({
  code: code as Language,
  name,
}));

const KEY = 'pli-language';

/** Units of time, in seconds. */
const units = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** The language of the page: the one chosen before, else the browser's first that there is. */
class Locale {
  language = $state<Language>(chosen() ?? preferred());
  /** The sentences. */
  readonly t = $derived(dictionaries[this.language]);
  /** The browser's region of the language: dates are written in many ways in English. */
  readonly #region = $derived(
    navigator.languages.find((tag) => languageOf(tag) === this.language) ?? this.language,
  );
  readonly #time = $derived(new Intl.DateTimeFormat(this.#region, { timeStyle: 'short' }));
  readonly #day = $derived(
    new Intl.DateTimeFormat(this.#region, { day: 'numeric', month: 'short' }),
  );
  readonly #date = $derived(new Intl.DateTimeFormat(this.#region, { dateStyle: 'medium' }));
  readonly #full = $derived(
    new Intl.DateTimeFormat(this.#region, { dateStyle: 'long', timeStyle: 'short' }),
  );
  readonly #names = $derived(new Intl.ListFormat(this.#region, { type: 'conjunction' }));
  readonly #number = $derived(new Intl.NumberFormat(this.#region));
  readonly #percent = $derived(new Intl.NumberFormat(this.#region, { style: 'percent' }));

  choose(language: Language): void {
    this.language = language;
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // A browser that stores nothing asks again next time.
    }
  }

  /** Day and time, in full. */
  moment(at: number): string {
    return written(at, this.#full);
  }

  /** The day, with its year. */
  day(at: number): string {
    return written(at, this.#date);
  }

  /** The time of today, or the day. */
  short(at: number): string {
    const today = new Date(at).toDateString() === new Date().toDateString();
    return written(at, today ? this.#time : this.#day);
  }

  names(list: readonly string[]): string {
    return list.length === 0 ? this.t.list.yourself : this.#names.format(list);
  }

  percent(part: number): string {
    return this.#percent.format(part);
  }

  /** A size in bytes, rounded to a unit that people read. */
  size(bytes: number): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
    const step = Math.min(3, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)));
    return new Intl.NumberFormat(this.#region, {
      style: 'unit',
      unit: units[step] ?? 'byte',
      unitDisplay: step === 0 ? 'long' : 'short',
      maximumFractionDigits: step < 2 ? 0 : 1,
    }).format(bytes / 1024 ** step);
  }

  /** A number, as it is written here. */
  number(value: number): string {
    return this.#number.format(value);
  }

  /** How long something takes, roughly; undefined when that is centuries. */
  span(seconds: number): string | undefined {
    const [unit, length] = units.find(([, length]) => seconds >= length) ?? units.at(-1)!;
    const value = seconds / length;
    if (unit === 'year' && value > 200) return undefined;
    return new Intl.NumberFormat(this.#region, {
      style: 'unit',
      unit,
      unitDisplay: 'long',
      maximumFractionDigits: 0,
    }).format(Math.max(1, value));
  }

  /** What happened and what to do. */
  failure({ code, retryAfter, about }: Failure): string {
    const { failures, unknown, waitSeconds, concerning } = this.t;
    const plain = own(failures, code) ?? unknown(code);
    const sentence = about === undefined ? plain : concerning(about, plain);
    return retryAfter === undefined ? sentence : `${sentence} ${waitSeconds(retryAfter)}`;
  }

  /** Why a letter is not shown. */
  broken(code: string): string {
    return own(this.t.broken, code) ?? this.t.unknown(code);
  }
}

/** A time as a format has it; a dash for what others call a time and is none. */
function written(at: number, format: Intl.DateTimeFormat): string {
  return Number.isNaN(new Date(at).getTime()) ? '–' : format.format(at);
}

/** A server may send any word as a code, `constructor` too. */
function own(sentences: Record<string, string>, code: string): string | undefined {
  return Object.hasOwn(sentences, code) ? sentences[code] : undefined;
}

function chosen(): Language | undefined {
  try {
    return languages.find(({ code }) => code === localStorage.getItem(KEY))?.code;
  } catch {
    return undefined;
  }
}

/** The language of a BCP 47 tag, without region or script. */
function languageOf(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? '';
}

function preferred(): Language {
  for (const tag of navigator.languages) {
    const language = languages.find(({ code }) => code === languageOf(tag));
    if (language) return language.code;
  }
  return 'en';
}

/** The language of the page. */
export const locale = new Locale();
