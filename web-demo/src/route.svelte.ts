/** Where the reader is. Only this goes into the browser's history: no names, no letters. */
export type Place = { name: 'list' } | { name: 'new' } | { name: 'conversation'; number: number };

const entrances = ['sign-up', 'sign-in'] as const;

/** The page before signing in. */
export type Entrance = (typeof entrances)[number];

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
    history.pushState(place, '', location.pathname);
    this.place = place;
  }

  /** Shows a page before signing in, in place of what was shown. */
  enter(entrance: Entrance): void {
    history.replaceState(null, '', `#${entrance}`);
    this.entrance = entrance;
    this.place = { name: 'list' };
  }
}

function entranceOf(hash: string): Entrance {
  return entrances.find((entrance) => hash === `#${entrance}`) ?? 'sign-up';
}

function placeOf(state: unknown): Place {
  const place = state as Place | null;
  return place?.name === 'new' || place?.name === 'conversation' ? place : { name: 'list' };
}

/** Where the reader is. */
export const route = new Route();
