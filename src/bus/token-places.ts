/** Where a route's tokens stand in its subject; found once, because slots subscribe all the time. */
export type TokenPlaces = readonly [place: number, name: string][];
const knownPlaces = new Map<string, TokenPlaces>();

export function tokenPlaces(subject: string): TokenPlaces {
  const known = knownPlaces.get(subject);
  if (known !== undefined) return known;
  const places = subject.split(".").flatMap((part, place): [number, string][] => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    return name === undefined ? [] : [[place, name]];
  });
  knownPlaces.set(subject, places);
  return places;
}
