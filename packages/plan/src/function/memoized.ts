/** What is made of a text, kept while the text stays the same; so it is made once for a literal. */
export function memoized<T>(make: (text: string) => T): (text: string) => T {
  let last: string | undefined;
  let made: T;
  return (text) => {
    if (text !== last) {
      made = make(text);
      last = text;
    }
    return made;
  };
}
