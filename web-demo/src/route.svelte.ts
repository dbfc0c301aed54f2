/** Where the reader is. Only this goes into the browser's history: no names, no letters. */
export type Place =
  | { name: 'list' }
  | { name: 'new' }
  | { name: 'conversation'; number: number }
  | { name: 'safety'; number: number }
  | { name: 'account' }
  | { name: 'users' };

const places: readonly Place['name'][] = [
  'list',
  'new',
  'conversation',
  'safety',
  'account',
  'users',
];

const entrances = ['sign-up', 'sign-in', 'recover'] as const;

/** The page before signing in. */
export type Entrance = (typeof entrances)[number];

const KEY = 'pli-signed-in-before';

/** Conversations are numbered anew whenever the page is loaded; states from before name others. */
const VISIT = Math.random();

class Route {
  entrance = $state<Entrance>(entranceOf(location.hash));
  place = $state.raw<Place>(placeOf(history.state));

  constructor() {
    addEventListener('popstate', () => {
      this.entrance = entranceOf(location.hash);
      this.place = placeOf(history.state);
    });
  }

  /** Goes to a place, so that the back button leads back here. */
  go(place: Place): void {
    history.pushState({ ...place, visit: VISIT }, '', location.pathname);
    this.place = place;
  }

  /** Remembers that someone has signed in here, not who: the next visit begins with signing in. */
  remember(): void {
    try {
      localStorage.setItem(KEY, 'yes');
    } catch {
      // A browser that stores nothing begins with signing up.
    }
  }

  /** Shows a page before signing in, in place of what was shown. */
  enter(entrance: Entrance): void {
    history.replaceState(null, '', `#${entrance}`);
    this.entrance = entrance;
    this.place = { name: 'list' };
  }
}

function entranceOf(hash: string): Entrance {
  return entrances.find((entrance) => hash === `#${entrance}`) ?? usualEntrance();
}

function usualEntrance(): Entrance {
  try {
    return localStorage.getItem(KEY) === null ? 'sign-up' : 'sign-in';
  } catch {
    return 'sign-up';
  }
}

function placeOf(state: unknown): Place {
  const { visit, ...place } = (state ?? { name: 'list' }) as Place & { visit?: number };
  const known = places.includes(place.name) && (visit === VISIT || !('number' in place));
  return known ? place : { name: 'list' };
}

/** Where the reader is. */
export const route = new Route();
